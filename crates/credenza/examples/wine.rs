//! Real measurements as vectors: which wines are like another, and what grade a wine would get by those that are like it.
//!
//! ```sh
//! cargo run -p credenza --example wine
//! cargo run -p credenza --all-features --example wine postgres://app@localhost/wines
//! ```

use credenza::db::{Db, Dialect};
use credenza::query::{FromTable as _, Metric, Record};
use credenza::{Error, Result};
use serde::Deserialize;

/// Of 1,599 wines: where it is from says the README beside it.
const WINES: &str = include_str!("data/winequality-red.csv");

const SQLITE: &str = "CREATE TABLE IF NOT EXISTS wines (id INTEGER PRIMARY KEY, quality BIGINT NOT NULL, alcohol DOUBLE PRECISION NOT NULL, \
     measured VECTOR(11) NOT NULL CHECK (length(measured) = 44))";
const POSTGRES: &str = "CREATE TABLE IF NOT EXISTS wines (id BIGINT PRIMARY KEY, quality BIGINT NOT NULL, alcohol DOUBLE PRECISION NOT NULL, \
     measured VECTOR(11) NOT NULL)";

/// A wine as the table has it.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Wine {
    pub(crate) id: i64,
    pub(crate) quality: i64,
    pub(crate) alcohol: f64,
    pub(crate) measured: Vec<f32>,
}

/// What was found.
#[derive(Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) wines: u64,
    /// The numbers of those that are most like the first, and better.
    pub(crate) alike: Vec<i64>,
    /// By how much the grade by the five nearest is off, on the average, and by how much the average grade is.
    pub(crate) off: f64,
    pub(crate) off_by_average: f64,
}

fn read() -> Result<Vec<(i64, Vec<f32>)>> {
    let wrong = |_| Error::invalid("the data has something that is no number");
    let line = |line: &str| {
        let mut numbers = line.split(',').map(|number| number.parse::<f32>().map_err(wrong));
        let measured = numbers.by_ref().take(11).collect::<Result<Vec<f32>>>()?;
        let quality = numbers.next().ok_or_else(|| Error::invalid("a wine has no grade"))??;
        Ok((quality as i64, measured))
    };
    WINES.lines().skip(1).map(line).collect()
}

/// Each measurement in units of how much it differs among wines: grams and percent cannot be compared.
fn scaled(wines: &mut [(i64, Vec<f32>)]) {
    let count = wines.len() as f32;
    for at in 0..11 {
        let mean = wines.iter().map(|(_, measured)| measured[at]).sum::<f32>() / count;
        let spread = wines.iter().map(|(_, measured)| (measured[at] - mean).powi(2)).sum::<f32>() / count;
        for (_, measured) in wines.iter_mut() {
            measured[at] = (measured[at] - mean) / spread.sqrt();
        }
    }
}

/// Loads the wines and asks about them.
pub(crate) async fn run(db: &Db) -> Result<Report> {
    if db.capabilities().dialect == Dialect::Postgres {
        db.execute("CREATE EXTENSION IF NOT EXISTS vector", ()).await?;
        db.execute(POSTGRES, ()).await?;
    } else {
        db.execute(SQLITE, ()).await?;
    }
    let mut wines = read()?;
    let alcohol: Vec<f64> = wines.iter().map(|(_, measured)| f64::from(measured[10])).collect();
    scaled(&mut wines);
    let row = |(index, (quality, measured)): (usize, &(i64, Vec<f32>))| {
        let record = Record::new().set("id", index as i64 + 1).set("quality", *quality);
        record.set("alcohol", alcohol[index]).set("measured", measured.clone())
    };
    db.from("wines").upsert(wines.iter().enumerate().map(row).collect::<Vec<_>>(), ["id"]).await?;

    // Those that are like the first one, and that tasters liked.
    let first: Wine = db.from("wines").select("*").eq("id", 1).single().await?;
    let better = db.from("wines").vector_search("measured", first.measured.clone()).metric(Metric::L2);
    let better = better.gte("quality", 7).limit(5).fetch::<Wine>().await?;

    // A tenth of the wines, each graded by the five others that are nearest to it.
    let mean = wines.iter().map(|(quality, _)| *quality as f64).sum::<f64>() / wines.len() as f64;
    let (mut off, mut off_by_average, mut tried) = (0.0, 0.0, 0.0);
    for (index, (quality, measured)) in wines.iter().enumerate().step_by(10) {
        let near = db.from("wines").vector_search("measured", measured.clone()).metric(Metric::L2).exact();
        let near = near.neq("id", index as i64 + 1).limit(5).fetch::<Wine>().await?;
        let grade = near.rows.iter().map(|it| it.row.quality as f64).sum::<f64>() / 5.0;
        off += (grade - *quality as f64).abs();
        off_by_average += (mean - *quality as f64).abs();
        tried += 1.0;
    }
    Ok(Report {
        wines: db.from("wines").select("*").count().await?,
        alike: better.rows.iter().map(|it| it.row.id).collect(),
        off: off / tried,
        off_by_average: off_by_average / tried,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:{}", folder.path().join("wines.db").display());
    let db = credenza::open_database(&std::env::args().nth(1).unwrap_or(file)).await?;
    let report = run(&db).await?;
    println!("{} wines; most like the first, and better: {:?}", report.wines, report.alike);
    println!(
        "the grade by the five nearest is off by {:.2}, the average grade by {:.2}",
        report.off, report.off_by_average
    );
    Ok(())
}

//! `credenza sql`.

mod print;
mod rows;

use credenza_migrations::statements;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use ureq::http::Method;

use crate::Exit;
use crate::args::{SqlArgs, SqlTask, Statement};
use crate::client::{Call, Client, Upload};
use crate::input;

/// Tables and views with their columns, without those that hold an index.
const TABLES: &str = "\
SELECT name, type, (SELECT group_concat(name, ', ') FROM pragma_table_info(list.name)) AS columns \
FROM pragma_table_list AS list \
WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') \
AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'credenza\\_%' ESCAPE '\\' \
ORDER BY name";

/// The body of a request.
#[derive(Serialize)]
struct Body<'a> {
    sql: &'a str,
    params: &'a RawValue,
}

/// A namespace of tables on a server.
struct Space {
    client: Client,
    namespace: String,
}

/// What is done with what a statement returns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Query,
    Exec,
}

/// Does what `credenza sql …` asks.
pub(crate) fn run(args: SqlArgs) -> Result<(), Exit> {
    let space = Space { client: Client::new(&args.connection)?, namespace: args.namespace };
    match args.task {
        SqlTask::Query(statement) => space.all(Verb::Query, statement),
        SqlTask::Exec(statement) => space.all(Verb::Exec, statement),
        SqlTask::Tables { json } => space.one(Verb::Query, TABLES, &params(&[])?, json),
    }
}

impl Space {
    /// Runs a statement, or all of a file, one after the other.
    fn all(&self, verb: Verb, asked: Statement) -> Result<(), Exit> {
        let Statement { sql, params: mut words, json_params, file, json } = asked;
        let text = match (file, sql) {
            (Some(path), sql) => {
                words.splice(0..0, sql);
                input::file(&path)?
            }
            (None, Some(sql)) if sql == "-" => input::standard()?,
            (None, Some(sql)) => return self.one(verb, &sql, &given(json_params, &words)?, json),
            (None, None) => return Err(Exit::new(2, "there is no statement")),
        };
        let given = given(json_params, &words)?;
        let statements = statements(&text).map_err(|error| Exit::new(2, error.message().to_owned()))?;
        match statements[..] {
            [] => Err(Exit::new(2, "there is no statement")),
            [one] => self.one(verb, one, &given, json),
            _ if given.get() != "[]" => {
                Err(Exit::new(2, "parameters belong to one statement, and there are several"))
            }
            _ => statements.iter().enumerate().try_for_each(|(at, sql)| {
                self.one(verb, sql, &given, json).map_err(|exit| match exit.code {
                    0 => exit,
                    _ => Exit { message: format!("statement {}: {}", at + 1, exit.message), ..exit },
                })
            }),
        }
    }

    /// Runs one statement and prints what it returns.
    fn one(&self, verb: Verb, sql: &str, params: &RawValue, json: bool) -> Result<(), Exit> {
        let body =
            serde_json::to_string(&Body { sql, params }).map_err(|error| Exit::new(2, error.to_string()))?;
        let call = Call::namespace(Method::POST, "d1", &self.namespace)?.below(match verb {
            Verb::Query => "query",
            Verb::Exec => "exec",
        });
        let Some(answer) = self.client.open(call, Upload::Json(body))? else {
            return Err(self.client.strange("it knows no SQL"));
        };
        let mut printer = print::Printer::new(json);
        let read = rows::read(answer.into_body().into_reader(), &mut |row| printer.row(row));
        let meta = read.map_err(|failure| match failure {
            rows::Failure::Visit(exit) => exit,
            rows::Failure::Cut(error) => self.client.unreachable(error),
            rows::Failure::Strange(error) => self.client.strange(error),
        })?;
        printer.end(verb == Verb::Exec, &meta)
    }
}

/// The parameters as they were given: JSON, or text.
fn given(json: Option<String>, words: &[String]) -> Result<Box<RawValue>, Exit> {
    match json {
        None => params(words),
        Some(json) => {
            let json = input::json("--params", json)?;
            match json.get().starts_with('[') {
                true => Ok(json),
                false => Err(Exit::new(2, "--params is no JSON array")),
            }
        }
    }
}

fn params(words: &[String]) -> Result<Box<RawValue>, Exit> {
    to_raw_value(words).map_err(|error| Exit::new(2, error.to_string()))
}

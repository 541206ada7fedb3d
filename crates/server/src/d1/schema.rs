//! Statements that make, alter or drop tables: the registry follows them.

use std::sync::Arc;

use credenza_core::db::{Rows, Statement};
use credenza_core::{Db, Effect};

use super::failure::refused;
use crate::app::Call;
use crate::failure::Failure;
use crate::registry::{Id, Kind};

/// Runs a statement that may change what tables there are: an intent, the statement, and what the database says afterwards.
pub(super) async fn change(
    call: &Call<'_>,
    namespace: &str,
    db: Db,
    statement: Statement,
) -> Result<Rows, Failure> {
    let (app, namespace) = (Arc::clone(call.app), namespace.to_owned());
    let work = call.app.spawn(async move {
        let id = Id::new(Kind::D1, &namespace, "");
        let intent = app.registry.intend(&app.fresh().0, id).await?;
        // The rows that such a statement may return (of `EXPLAIN`, say) are none to speak of.
        let outcome = db.run(statement).await;

        let (kv, stores) = app.fresh();
        let certain = !matches!(&outcome, Err(error) if error.effect() == Effect::MaybeApplied);
        let synced = app.registry.sync(&kv, &stores, id, certain.then_some(&intent)).await;
        if synced.is_err() || !certain {
            app.registry.leave_behind();
        }
        match (outcome, synced) {
            (Ok(rows), Ok(())) => Ok(rows),
            (Ok(_), Err(error)) => Err(error.with_effect(Effect::MaybeApplied).into()),
            (Err(error), _) => Err(refused(error)),
        }
    });
    work.await.outcome().await
}

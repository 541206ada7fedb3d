//! Changes of objects, which the registry follows: an intent, the change, and what the store says afterwards.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use credenza_core::blob::{BlobKey, Body, DeleteOptions, ObjectInfo, Precondition, PutOptions};
use credenza_core::{Blob, Effect, Result as CoreResult};

use super::{Place, refused};
use crate::app::{App, Call};
use crate::failure::{Failure, Success, json};
use crate::registry::{Id, Intent, Kind, Registry};

/// One object, for work that goes on when its request is given up.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) app: Arc<App>,
    namespace: String,
    key: String,
    pub(super) stored: BlobKey,
}

impl Change {
    pub(super) fn of(app: &Arc<App>, place: &Place<'_>) -> Change {
        Change {
            app: Arc::clone(app),
            namespace: place.namespace.to_owned(),
            key: place.key.to_owned(),
            stored: place.stored.clone(),
        }
    }

    fn id(&self) -> Id<'_> {
        Id::new(Kind::R2, &self.namespace, &self.key)
    }

    /// Writes down that the object is about to be changed, unless the registry changes together with it.
    pub(super) async fn intend(&self) -> CoreResult<Option<Intent>> {
        if self.app.stores.followed {
            return Ok(None);
        }
        let (kv, _) = self.app.fresh();
        self.app.registry.intend(&kv, self.id()).await.map(Some)
    }

    /// Makes the registry say what the store says, after the change has ended in this way.
    pub(super) async fn settle<T>(
        &self,
        intent: Option<&Intent>,
        outcome: CoreResult<T>,
    ) -> Result<T, Failure> {
        if self.app.stores.followed {
            return outcome.map_err(refused);
        }
        let (kv, stores) = self.app.fresh();
        // What may still be applied is looked at once more, when its time is over.
        let certain = !matches!(&outcome, Err(error) if error.effect() == Effect::MaybeApplied);
        let intent = intent.filter(|_| certain);
        let synced = self.app.registry.sync(&kv, &stores, self.id(), intent).await;
        if synced.is_err() || !certain {
            self.app.registry.leave_behind();
        }
        match (outcome, synced) {
            (Ok(done), Ok(())) => Ok(done),
            (Ok(_), Err(error)) => Err(error.with_effect(Effect::MaybeApplied).into()),
            (Err(error), _) => Err(refused(error)),
        }
    }
}

/// Puts an object whose content is here.
pub(super) async fn put(
    call: &Call<'_>,
    place: &Place<'_>,
    content: Bytes,
    options: PutOptions,
) -> Result<ObjectInfo, Failure> {
    let change = Change::of(call.app, place);
    let work = call.app.spawn(async move {
        let intent = change.intend().await?;
        let outcome = match change.app.fresh().1.blob {
            Some(blob) => blob.put_with(&change.stored, Body::from(content), options).await,
            None => return Err(Failure::broken()),
        };
        change.settle(intent.as_ref(), outcome).await
    });
    work.await.outcome().await
}

/// Deletes an object. One that is not there is deleted already.
pub(super) async fn delete(
    call: &Call<'_>,
    blob: &Blob,
    place: &Place<'_>,
    precondition: Precondition,
) -> Result<Response, Failure> {
    let change = Change::of(call.app, place);
    if precondition == Precondition::None {
        let known = Registry::look(&call.kv, change.id()).await?.record;
        let blob = blob.clone().with_context(call.context());
        if known.is_none() && blob.head(&place.stored).await?.is_none() {
            return Ok(json(StatusCode::OK, &Success::YES));
        }
    }
    let work = call.app.spawn(async move {
        let intent = change.intend().await?;
        let options = DeleteOptions { precondition };
        let outcome = match change.app.fresh().1.blob {
            Some(blob) => blob.delete_with(std::slice::from_ref(&change.stored), options).await,
            None => return Err(Failure::broken()),
        };
        let deleted = change.settle(intent.as_ref(), outcome).await?;
        if change.app.stores.followed && !deleted.contains(&true) {
            // The store has changed nothing, but a client may have registered what is not there.
            let (kv, stores) = change.app.fresh();
            change.app.registry.sync(&kv, &stores, change.id(), None).await?;
        }
        Ok(())
    });
    work.await.outcome().await?;
    Ok(json(StatusCode::OK, &Success::YES))
}

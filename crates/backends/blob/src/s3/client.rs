//! The bucket, through OpenDAL.
//!
//! OpenDAL's `Operator` changes paths before it sends them (`d//e` becomes `d/e`, spaces go), so requests are made one
//! floor below it, by its service for S3, which sends names as they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use credenza_core::blob::{BlobKey, BlobLimits};
use credenza_core::{Context, Effect, Error, ErrorKind, Result};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use http::HeaderValue;
use opendal::raw::Servicer;
use opendal::{HttpTransporter, OperationContext, Operator, services};
use tokio::time::timeout_at;

use super::config::{S3Config, S3Dialect};
use super::error;
use super::wire::{Call, Wire};
use crate::check;

/// A bucket and the connections to it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) config: S3Config,
    pub(super) dialect: S3Dialect,
    pub(super) limits: BlobLimits,
    pub(super) service: Servicer,
    context: OperationContext,
    http: reqwest::Client,
}

impl Client {
    pub(super) fn new(config: S3Config) -> Result<Client> {
        config.check()?;
        let dialect = config.dialect();
        let mut builder = services::S3::default().bucket(&config.bucket);
        if let Some(endpoint) = &config.endpoint {
            builder = builder.endpoint(endpoint);
        }
        match (&config.region, dialect) {
            (Some(region), _) => builder = builder.region(region),
            (None, S3Dialect::R2) => builder = builder.region("auto"),
            (None, S3Dialect::Aws) => {}
        }
        if config.virtual_host_style {
            builder = builder.enable_virtual_host_style();
        }
        if let Some(credentials) = &config.credentials {
            builder = builder
                .access_key_id(&credentials.access_key)
                .secret_access_key(&credentials.secret_key)
                .disable_config_load()
                .disable_ec2_metadata();
            if let Some(token) = &credentials.session_token {
                builder = builder.session_token(token);
            }
        }
        // Its text may have what it was given.
        let operator = Operator::new(builder).map_err(|_| {
            Error::invalid("the bucket cannot be opened; is the region given, or AWS_REGION set?")
        })?;
        let http = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            // Services end connections that are not used; many do after five seconds.
            .pool_idle_timeout(std::time::Duration::from_secs(4))
            // A request is signed for one host.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| Error::new(ErrorKind::Unavailable, "TLS cannot be set up"))?;
        Ok(Client {
            dialect,
            limits: config.limits(),
            service: operator.base_service().clone(),
            context: operator.base_context().clone(),
            http,
            config,
        })
    }

    /// The name of the object in the bucket.
    pub(super) fn name(&self, key: &BlobKey) -> Result<String> {
        check::key(&self.limits, key)?;
        let prefix = &self.config.prefix;
        if prefix.is_empty() && key.split('/').any(str::is_empty) {
            let message = "keys with empty parts need a prefix in the bucket";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(format!("{prefix}{}", &**key))
    }

    /// A verb, which may take several requests.
    pub(super) fn verb<'a>(&'a self, cx: &'a Context) -> Verb<'a> {
        Verb { client: self, cx, sent: Arc::default() }
    }
}

/// A verb at work.
#[derive(Clone, Debug)]
pub(super) struct Verb<'a> {
    pub(super) client: &'a Client,
    pub(super) cx: &'a Context,
    sent: Arc<AtomicUsize>,
}

/// A request of a verb: what OpenDAL is to make it with, and what was seen of it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) context: OperationContext,
    pub(super) call: Arc<Call>,
}

impl Verb<'_> {
    /// The next request.
    pub(super) fn ask(&self) -> Asked {
        self.ask_with(None)
    }

    /// The same with a header that OpenDAL does not know, for the request that starts an object.
    pub(super) fn ask_with(&self, language: Option<HeaderValue>) -> Asked {
        self.ask_apart(language, Arc::clone(&self.sent))
    }

    /// The same for a request that goes on when nobody waits for the verb any more, and counts for itself what it sent.
    pub(super) fn ask_alone(&self, language: Option<HeaderValue>) -> Asked {
        self.ask_apart(language, Arc::default())
    }

    fn ask_apart(&self, language: Option<HeaderValue>, sent: Arc<AtomicUsize>) -> Asked {
        let call = Arc::new(Call::new(sent, language));
        let (http, idle) = (self.client.http.clone(), self.client.config.idle_timeout);
        let wire = Wire { http, idle, call: Arc::clone(&call) };
        Asked { context: self.client.context.with_http_transport(HttpTransporter::new(wire)), call }
    }

    /// Whether what others see may have been changed until now.
    pub(super) fn effect(&self) -> Effect {
        match self.sent.load(Ordering::Relaxed) {
            0 => Effect::NotApplied,
            _ => Effect::MaybeApplied,
        }
    }

    /// From here on others may see a change, whatever becomes of the verb.
    pub(super) fn commits(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// Makes requests at the same time, as many as may be; what they give comes in their order. The first that fails ends
    /// it.
    pub(super) async fn together<T>(&self, requests: Vec<impl Future<Output = Result<T>>>) -> Result<Vec<T>> {
        stream::iter(requests).buffered(self.client.config.concurrency).try_collect().await
    }

    /// Does it before the deadline.
    pub(super) async fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        check::deadline(self.cx)?;
        let Some(deadline) = self.cx.deadline() else { return work.await };
        timeout_at(deadline.into(), work).await.unwrap_or_else(|_| Err(error::late(self.effect())))
    }
}

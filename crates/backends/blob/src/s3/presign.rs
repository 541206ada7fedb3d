//! URLs that carry their own permission.

use std::time::Duration;

use credenza_core::blob::{BlobKey, PresignOptions, Presigned, Verb as Allowed};
use credenza_core::{Error, ErrorKind, Result};
use opendal::raw::{OpDelete, OpPresign, OpRead, OpStat, OpWrite, PresignOperation, Service};

use super::client::Verb;
use super::wire::strict;

const LONGEST: Duration = Duration::from_secs(7 * 86_400);

impl Verb<'_> {
    pub(super) async fn presign(&self, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        let name = self.client.name(key)?;
        let PresignOptions { verb, expires_in } = options;
        if !(Duration::from_secs(1)..=LONGEST).contains(&expires_in) {
            return Err(Error::invalid("a URL is valid for a second to seven days"));
        }
        let operation = match verb {
            Allowed::Get => PresignOperation::from(OpRead::new()),
            Allowed::Head => OpStat::new().into(),
            Allowed::Put => OpWrite::new().into(),
            Allowed::Delete => OpDelete::new().into(),
            _ => return Err(Error::new(ErrorKind::Unsupported, "there are no URLs for this verb")),
        };
        let asked = self.ask();
        let args = OpPresign::new(operation, expires_in);
        let presigned = asked.done(self.client.service.presign(&asked.context, &name, args).await)?;
        let request = presigned.into_presigned_request();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = request.header().iter().map(|(name, value)| (name.to_string(), text(value)));
        Ok(Presigned { url: strict(&request.uri().to_string()), headers: headers.collect() })
    }
}

//! Encrypted connections: rustls with aws-lc-rs, certificates always verified.

use std::path::Path;
use std::sync::Arc;

use credenza_core::{Error, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::NAME;

/// What sets up encryption; reads the certificates of the authorities if it is wanted.
pub(crate) fn connector(authorities: Option<&Path>, wanted: bool) -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    match authorities {
        _ if !wanted => {}
        Some(file) => {
            let unusable = |_| {
                Error::invalid("the file of sslrootcert cannot be read, or has no certificates in PEM")
                    .on(NAME)
            };
            let mut count = 0;
            for certificate in CertificateDer::pem_file_iter(file).map_err(unusable)? {
                let certificate = certificate.map_err(unusable)?;
                roots.add(certificate).map_err(|_| {
                    Error::invalid("a certificate of sslrootcert is none of an authority").on(NAME)
                })?;
                count += 1;
            }
            if count == 0 {
                return Err(Error::invalid("the file of sslrootcert has no certificates in PEM").on(NAME));
            }
        }
        None => {
            // A machine without certificates can still connect without encryption.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal("TLS could not be set up").on(NAME).with_source(error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

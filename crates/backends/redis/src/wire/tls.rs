//! Encrypted connections, by rustls.

use std::io;
use std::sync::Arc;

use credenza_core::{Error, Result};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

use super::socket::Socket;
use crate::config::RedisTls;
use crate::error::NAME;

/// What encrypts the connections of a store.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: TlsConnector,
    server_name: Option<String>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

impl Tls {
    pub(crate) fn new(config: &RedisTls) -> Result<Tls> {
        let wrong = |what: &str| Error::invalid(format!("TLS: {what}")).on(NAME);
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(pem) = &config.authorities {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| wrong("the authorities are no PEM"))?;
                roots.add(certificate).map_err(|_| wrong("an authority is no certificate"))?;
            }
            if roots.len() == before {
                return Err(wrong("there is no certificate among the authorities"));
            }
        }
        if roots.is_empty() {
            return Err(wrong("no authority is known, neither by the system nor by the configuration"));
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("the provider lacks a version of the protocol").with_source(error))?
            .with_root_certificates(roots);
        let client = match &config.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = CertificateDer::pem_slice_iter(certificate)
                    .collect::<std::result::Result<Vec<_>, _>>()
                    .map_err(|_| wrong("the client's certificate is no PEM"))?;
                let key = PrivateKeyDer::from_pem_slice(key)
                    .map_err(|_| wrong("the client's key is no private key in PEM"))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|_| wrong("the client's key does not belong to its certificate"))?
            }
        };
        if let Some(name) = &config.server_name {
            ServerName::try_from(name.as_str()).map_err(|_| wrong("the server's name is no name"))?;
        }
        let connector = TlsConnector::from(Arc::new(client));
        Ok(Tls { connector, server_name: config.server_name.clone() })
    }

    pub(super) async fn encrypt(&self, stream: TcpStream, host: &str) -> io::Result<Socket> {
        let name = self.server_name.as_deref().unwrap_or(host).to_owned();
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        Ok(Socket::Tls(Box::new(self.connector.connect(name, stream).await?)))
    }
}

use std::sync::Arc;

use aep_export_transport::{ReqwestTransport, Transport, TransportErrorKind};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::server::read_request;
use crate::{get, whole};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn issuer(name: &str) -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A root that signs nothing here: so that there is one, whatever the machine has.
pub(crate) fn some_root() -> String {
    issuer("somebody else").pem()
}

/// A server for `localhost` with a certificate of `issuer`; its port.
async fn serve(issuer: &Issuer) -> u16 {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                read_request(&mut stream).await;
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsafe";
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            });
        }
    });
    port
}

#[tokio::test]
async fn an_added_authority_is_trusted_for_the_names_it_signed() {
    let issuer = issuer("known");
    let port = serve(&issuer).await;
    let wire = ReqwestTransport::builder()
        .extra_roots_pem(some_root())
        .extra_roots_pem(issuer.pem())
        .build();
    let response = wire.send(get(format!("https://localhost:{port}/"))).await.unwrap();
    assert_eq!(response.into_body().collect(100).await.unwrap(), "safe");

    let error = wire.send(get(format!("https://127.0.0.1:{port}/"))).await.unwrap_err();
    assert_eq!((error.kind(), error.is_permanent()), (TransportErrorKind::Connect, true));
    assert!(whole(&error).contains("not valid for name"), "{}", whole(&error));
}

#[tokio::test]
async fn an_unknown_authority_is_named_as_the_reason() {
    let port = serve(&issuer("unknown")).await;
    let wire = ReqwestTransport::builder().extra_roots_pem(some_root()).build();
    let url = format!("https://localhost:{port}/?sig=CANARY");
    let error = wire.send(get(url)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_permanent()), (TransportErrorKind::Connect, true));
    assert!(whole(&error).contains("UnknownIssuer"), "{}", whole(&error));
    assert!(!whole(&error).contains("CANARY"), "{}", whole(&error));
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_an_error_of_https_only() {
    let empty_certificate = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    for pem in ["", "not PEM", empty_certificate] {
        let wire = ReqwestTransport::builder().extra_roots_pem(pem).build();
        let error = wire.send(get("https://localhost:1/".into())).await.unwrap_err();
        assert_eq!((error.kind(), error.is_permanent()), (TransportErrorKind::Connect, true));
        assert!(whole(&error).contains("certificate"), "{}", whole(&error));
    }
}

#[tokio::test]
#[ignore = "run by wire::an_emulator_works_where_no_certificates_are_installed"]
async fn without_certificates_https_is_an_error() {
    let error = ReqwestTransport::new().send(get("https://localhost:1/".into())).await.unwrap_err();
    assert_eq!((error.kind(), error.is_permanent()), (TransportErrorKind::Connect, true));
    assert!(error.to_string().contains("no certificates"), "{error}");
}

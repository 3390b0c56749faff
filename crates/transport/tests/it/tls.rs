use std::sync::Arc;

use aep_export_transport::{
    CaCertificates, InvalidCertificates, Obstacle, ReqwestTransport, Transport, TransportErrorKind,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::server::{Server, read_request};
use crate::{get, whole};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn issuer(name: &str) -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A root that signs nothing here: so that there is one, whatever the machine has.
pub(crate) fn some_root() -> CaCertificates {
    trusted(&issuer("somebody else"))
}

fn trusted(issuer: &Issuer) -> CaCertificates {
    CaCertificates::from_pem(issuer.pem().as_bytes()).unwrap()
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
    let wire =
        ReqwestTransport::builder().extra_roots(some_root()).extra_roots(trusted(&issuer)).build();
    let response = wire.send(get(format!("https://localhost:{port}/"))).await.unwrap();
    assert_eq!(response.into_body().collect(100).await.unwrap(), "safe");

    let error = wire.send(get(format!("https://127.0.0.1:{port}/"))).await.unwrap_err();
    assert_eq!((error.kind(), error.is_permanent()), (TransportErrorKind::Connect, true));
    assert_eq!(error.obstacle(), Some(Obstacle::Certificate));
    assert!(whole(&error).contains("not valid for name"), "{}", whole(&error));
}

#[tokio::test]
async fn an_unknown_authority_is_named_as_the_reason() {
    let port = serve(&issuer("unknown")).await;
    let wire = ReqwestTransport::builder().extra_roots(some_root()).build();
    let url = format!("https://localhost:{port}/?sig=CANARY");
    let error = wire.send(get(url)).await.unwrap_err();
    assert_eq!((error.kind(), error.is_permanent()), (TransportErrorKind::Connect, true));
    assert_eq!(error.obstacle(), Some(Obstacle::Certificate));
    assert!(whole(&error).contains("UnknownIssuer"), "{}", whole(&error));
    assert!(!whole(&error).contains("CANARY"), "{}", whole(&error));
}

#[tokio::test]
async fn what_stood_in_the_way_of_a_connection_is_told() {
    let plain = wiremock::MockServer::start().await;
    let mute = Server::hanging_up().await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for (url, obstacle) in [
        ("https://nowhere.invalid/".to_owned(), Obstacle::Name),
        (format!("http://127.0.0.1:{closed}/"), Obstacle::Refused),
        (plain.uri().replace("http:", "https:"), Obstacle::Tls),
        (format!("https://127.0.0.1:{}/", mute.port), Obstacle::Tls),
    ] {
        let wire = ReqwestTransport::builder().extra_roots(some_root()).build();
        let error = wire.send(get(url.clone())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Connect, "{url}");
        assert_eq!(error.obstacle(), Some(obstacle), "{}", whole(&error));
        assert!(!error.is_permanent());
    }
}

#[test]
fn a_ca_file_that_is_none_is_told_before_anything_is_sent() {
    let whole = issuer("whole").pem();
    let half = &whole[..whole.len() / 2];
    let no_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    let key = KeyPair::generate().unwrap().serialize_pem();
    for pem in ["", "not PEM", half, no_der, &key, &format!("{whole}{no_der}")] {
        assert_eq!(CaCertificates::from_pem(pem.as_bytes()), Err(InvalidCertificates), "{pem}");
    }
    let several = format!("# Ours\n{whole}\n{key}{}", issuer("another").pem());
    assert_eq!(
        format!("{:?}", CaCertificates::from_pem(several.as_bytes()).unwrap()),
        "CaCertificates(2)"
    );
}

/// The hello of a server that speaks TLS 1.1 at most.
const HELLO_OF_1_1: [u8; 47] = {
    let mut hello = [0; 47];
    let head = [0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    let mut at = 0;
    while at < head.len() {
        hello[at] = head[at];
        at += 1;
    }
    // Random bytes and an empty session; then TLS_RSA_WITH_AES_128_CBC_SHA without compression.
    hello[45] = 0x2f;
    hello
};

#[tokio::test]
async fn a_server_that_speaks_less_than_tls_1_2_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&HELLO_OF_1_1).await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    let wire = ReqwestTransport::builder().extra_roots(some_root()).build();
    let error = wire.send(get(format!("https://localhost:{port}/"))).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
    assert_eq!(error.obstacle(), Some(Obstacle::Tls));
    assert!(whole(&error).contains("ServerDoesNotSupportTls12Or13"), "{}", whole(&error));
}

#[tokio::test]
#[ignore = "run by wire::an_emulator_works_where_no_certificates_are_installed"]
async fn without_certificates_https_is_an_error() {
    let error = ReqwestTransport::new().send(get("https://localhost:1/".into())).await.unwrap_err();
    assert_eq!((error.kind(), error.is_permanent()), (TransportErrorKind::Connect, true));
    assert!(error.to_string().contains("no certificates"), "{error}");
}

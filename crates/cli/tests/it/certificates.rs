//! Servers that are who they say, servers that are not, and an authority of one's own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::world::{Ran, World};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn issuer(name: &str) -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Where a service speaks TLS under this certificate, and answers every request with a new job.
fn serve(certificate: CertificateDer<'static>, key: &KeyPair) -> String {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(tls, stream));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                // Whoever does not like the certificate goes.
                if stream.read_line(&mut head).unwrap_or(0) == 0 {
                    break;
                }
            }
            let body = r#"{"id":7,"status":"NEW"}"#;
            let _ = write!(
                stream.get_mut(),
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.get_mut().conn.send_close_notify();
            let _ = stream.get_mut().flush();
        }
    });
    url
}

fn signed_by(issuer: &Issuer) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    serve(params.signed_by(&key, issuer).unwrap().der().clone(), &key)
}

/// Where a service speaks TLS under a certificate that vouches for itself.
pub(crate) fn self_signed() -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    serve(params.self_signed(&key).unwrap().der().clone(), &key)
}

/// A machine whose own authorities are known: one that signs nothing here.
pub(crate) fn world(url: &str) -> World {
    let world = World::at(url);
    std::fs::write(world.path("system.pem"), issuer("somebody else").pem()).unwrap();
    let file = world.path("system.pem");
    world.with("SSL_CERT_FILE", file.to_str().unwrap()).with("SSL_CERT_DIR", "/dev/null")
}

#[test]
fn an_authority_of_ones_own_is_named_in_a_file() {
    let ours = issuer("ours");
    let world = world(&signed_by(&ours));
    let refused = world.run(&["get", "7"]);
    assert_eq!(refused.code, 10, "{refused:?}");
    let why = "was not accepted: invalid peer certificate: UnknownIssuer\n";
    assert!(refused.stderr.contains(why), "{refused:?}");
    assert!(refused.stderr.contains("hint: ") && refused.stderr.contains("AEP_CA_FILE"));

    std::fs::write(world.path("our ca.pem"), ours.pem()).unwrap();
    let world = world.with("AEP_CA_FILE", "our ca.pem");
    assert_eq!(world.run(&["get", "7", "-o", "id"]).ok(), "7\n");

    let printed = world.run(&["get", "7", "--curl"]);
    let mut shell = Command::new("/bin/sh");
    world.prepare(&mut shell);
    shell.env("PATH", "/usr/bin:/bin:/usr/local/bin").args(["-c", printed.ok()]);
    let ran = Ran::of(shell.stdin(Stdio::null()).spawn().unwrap());
    assert!(ran.ok().contains(r#""id":7"#), "{ran:?}");
}

#[test]
fn a_certificate_that_vouches_for_itself_is_refused_until_it_is_named() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let itself = params.self_signed(&key).unwrap();
    let world = world(&serve(itself.der().clone(), &key));
    let refused = world.run(&["get", "7", "-o", "json"]);
    assert_eq!((refused.code, &refused.error()["retryable"]), (10, &false.into()), "{refused:?}");
    let said = refused.error();
    assert!(said["message"].as_str().unwrap().contains("certificate of https://localhost:"));
    assert!(said["hint"].as_str().unwrap().contains("AEP_CA_FILE"), "{said}");

    std::fs::write(world.path("it.pem"), itself.pem()).unwrap();
    world.with("AEP_CA_FILE", "it.pem").run(&["get", "7"]).ok();
}

#[test]
fn a_ca_file_that_is_none_is_named_and_nothing_is_sent() {
    let mut world = world(&signed_by(&issuer("unknown")));
    std::fs::write(world.path("empty.pem"), "").unwrap();
    std::fs::write(world.path("page.pem"), "<html>").unwrap();
    for (file, said) in [
        ("missing.pem", "AEP_CA_FILE: cannot read missing.pem: no such file or directory"),
        ("empty.pem", "AEP_CA_FILE: empty.pem holds no certificate"),
        ("page.pem", "AEP_CA_FILE: page.pem holds no certificate"),
        (".", "AEP_CA_FILE: cannot read ."),
    ] {
        world = world.with("AEP_CA_FILE", file);
        let ran = world.run(&["get", "7"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(said), "{file}: {ran:?}");
    }
}

#[test]
fn nothing_turns_the_check_of_certificates_off() {
    let mut world = world(&signed_by(&issuer("unknown")));
    for name in [
        "AEP_INSECURE",
        "AEP_TLS_VERIFY",
        "AEP_SSL_VERIFY",
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "PYTHONHTTPSVERIFY",
        "SSL_VERIFY",
    ] {
        for value in ["0", "1"] {
            world = world.with(name, value);
            assert_eq!(world.run(&["get", "7"]).code, 10, "{name}={value}");
        }
    }
    for flag in ["--insecure", "-k", "--no-verify", "--no-check-certificate", "--tls-skip-verify"] {
        assert_eq!(world.run(&["get", "7", flag]).code, 2, "{flag}");
    }
}

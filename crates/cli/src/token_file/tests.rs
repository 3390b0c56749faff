use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const IMS: &str = "https://ims-na1.adobelogin.com";

fn client() -> Client {
    Client::new(IMS, "client", "openid,session")
}

fn token(text: &str) -> StoredToken {
    let asked_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_225_600_123);
    let expires_at = asked_at + Duration::from_secs(86_399);
    StoredToken { secret: Secret::new(text), asked_at, expires_at }
}

#[tokio::test]
async fn what_is_kept_comes_back_and_can_be_dropped() {
    let dir = TempDir::new().unwrap();
    let file = TokenFile::new(&dir.path().join("made/for it"), "prod", client());
    assert_eq!(file.load().await.unwrap(), None);
    file.remove().await.unwrap();
    for text in ["one", "two"] {
        let lock = file.lock().await.unwrap();
        file.save(&token(text)).await.unwrap();
        assert_eq!(file.load().await.unwrap(), Some(token(text)));
        drop(lock);
    }
    let document: serde_json::Value =
        serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
    assert_eq!(document["expires_at"], "2026-01-01T23:59:59.123Z");
    file.remove().await.unwrap();
    assert_eq!(file.load().await.unwrap(), None);
}

#[test]
fn another_client_has_another_file() {
    let folder = Path::new("tokens");
    let path = |ims, id, scopes| {
        TokenFile::new(folder, "prod", Client::new(ims, id, scopes)).path().to_owned()
    };
    let usual = path(IMS, "client", "openid,session");
    for (ims, id, scopes) in [
        ("https://ims-na1.adobelogin.com/", "client", "openid,session"),
        ("HTTPS://IMS-NA1.adobelogin.com:443", "client", "openid,session"),
        (IMS, " client", "openid session,openid"),
    ] {
        assert_eq!(path(ims, id, scopes), usual, "{ims} {id} {scopes}");
    }
    for (ims, id, scopes) in [
        ("https://ims-na1.adobelogin.com:8443", "client", "openid,session"),
        ("https://ims-na1.adobelogin.com/x", "client", "openid,session"),
        ("http://ims-na1.adobelogin.com", "client", "openid,session"),
        (IMS, "client2", "openid,session"),
        (IMS, "client", "openid"),
        (IMS, "client", "openid,session,AdobeID"),
        (IMS, "client\nopenid", "session"),
    ] {
        assert_ne!(path(ims, id, scopes), usual, "{ims} {id} {scopes}");
    }
    // It is the same tomorrow and on another machine.
    assert_eq!(usual, Path::new("tokens/prod-c9f353cfbc0e4f56.json"));
}

#[test]
fn another_clients_token_is_not_used_even_under_the_same_name() {
    let dir = TempDir::new().unwrap();
    let file = TokenFile::new(dir.path(), "prod", client());
    for other in [
        Client::new(IMS, "other", "openid,session"),
        Client::new("https://ims.example", "client", "openid,session"),
        Client::new(IMS, "client", "openid"),
    ] {
        let path = Arc::clone(&file.path);
        TokenFile { path, client: other }.write(&token("canary")).unwrap();
        let failure = file.read().unwrap_err();
        assert!(failure.message().ends_with("holds another client's token"), "{failure:?}");
    }
}

#[test]
fn a_damaged_file_is_told_of_without_what_is_in_it() {
    let dir = TempDir::new().unwrap();
    let file = TokenFile::new(dir.path(), "prod", client());
    file.write(&token("canary")).unwrap();
    let whole = fs::read_to_string(file.path()).unwrap();
    let mut damaged: Vec<String> =
        (0..whole.len()).filter_map(|end| whole.get(..end).map(str::to_owned)).collect();
    for (good, bad) in [
        ("\"canary\"", "{\"canary\": 7}"),
        ("\"canary\"", "7"),
        ("2026-01-01", "canary"),
        ("\"expires_at\"", "\"canary\""),
    ] {
        assert!(whole.contains(good), "{good}");
        damaged.push(whole.replace(good, bad));
    }
    damaged.push("\u{0}canary".to_owned());
    for text in damaged {
        fs::write(file.path(), &text).unwrap();
        let failure = file.read().unwrap_err();
        assert!(!failure.message().contains("canary"), "{failure:?}");
        assert!(failure.message().contains("prod-"), "{failure:?}");
    }
    // Who saves does not mind what was there.
    file.write(&token("canary")).unwrap();
    assert_eq!(fs::read_to_string(file.path()).unwrap(), whole);
}

#[test]
fn a_profile_of_any_name_has_a_file_in_the_folder() {
    let long = "x".repeat(500);
    for name in ["prod", "my profile", "../../etc/passwd", "..", "a\u{0}b\n", "", "北京", &long] {
        let dir = TempDir::new().unwrap();
        let file = TokenFile::new(dir.path(), name, client());
        file.write(&token("canary")).unwrap();
        assert_eq!(all_of(dir.path(), name).unwrap(), [file.path()], "{name}");
        assert_eq!(file.path().parent(), Some(dir.path()), "{name}");
    }
}

#[test]
fn only_the_profiles_own_files_are_its_own() {
    let dir = TempDir::new().unwrap();
    assert!(all_of(&dir.path().join("none"), "prod").unwrap().is_empty());
    let other = Client::new(IMS, "other", "openid");
    let mine = [client(), other].map(|client| TokenFile::new(dir.path(), "prod", client));
    for file in &mine {
        file.write(&token("canary")).unwrap();
    }
    for name in ["prod-0123456789abcdef", "pro", "prod2"] {
        TokenFile::new(dir.path(), name, client()).write(&token("canary")).unwrap();
    }
    for name in ["prod-0123456789abcdef.json.lock", "prod-0123456789abcde.json", "prod.json"] {
        fs::write(dir.path().join(name), "").unwrap();
    }
    let mut paths = mine.map(|file| file.path().to_owned()).to_vec();
    let name = paths[0].file_name().unwrap().to_str().unwrap();
    paths.push(dir.path().join(format!(".{name}.Ab3xYz.new")));
    fs::write(paths.last().unwrap(), "half of it").unwrap();
    paths.sort();
    assert_eq!(all_of(dir.path(), "prod").unwrap(), paths);
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let dir = TempDir::new().unwrap();
    let file = TokenFile::new(&dir.path().join("tokens"), "prod", client());
    file.write(&token("canary")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(file.path()), mode(&dir.path().join("tokens"))), (0o600, 0o700));
    file.check().unwrap();
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(file.check().is_err() && file.read().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Somebody edited it, or a disk lost a part of it: it is a token or an error, and no error
    /// repeats it.
    #[test]
    fn a_damaged_file_is_refused_without_a_word_of_its_token(
        at in any::<prop::sample::Index>(),
        removed in 0_usize..60,
        put in prop_oneof![
            Just(String::new()),
            prop::sample::select(vec!["\"", "}", "null", "[canary]", "\"canary\"", "2026-13-01", "\u{0}"])
                .prop_map(str::to_owned),
            any::<String>(),
        ],
    ) {
        let dir = TempDir::new().unwrap();
        let file = TokenFile::new(dir.path(), "prod", client());
        file.write(&token("canary")).unwrap();
        let mut text = fs::read(file.path()).unwrap();
        let start = at.index(text.len() + 1);
        let end = (start + removed).min(text.len());
        text.splice(start..end, put.into_bytes());
        private_file::write(file.path(), &text).unwrap();
        match file.read() {
            Ok(read) => prop_assert!(read.is_some()),
            Err(failure) => {
                let told = format!("{failure:?}");
                prop_assert!(!told.contains("canary"), "{}", told);
            }
        }
    }
}

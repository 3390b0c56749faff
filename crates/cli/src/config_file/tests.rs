use proptest::prelude::*;

use super::*;

const CANARY: &str = "p8e-canary";

fn parse(text: &str) -> Result<Text, Failure> {
    Text::parse(&Arc::from(Path::new("c.toml")), text.as_bytes().to_vec())
}

fn file(path: &str, home: Option<&str>) -> ConfigFile {
    let variables = [(VARIABLE.to_owned(), OsString::from(path))].into();
    ConfigFile::of(&variables, None, home.map(PathBuf::from)).unwrap()
}

#[test]
fn the_file_that_is_named_or_the_usual_one() {
    let named: BTreeMap<_, _> = [(VARIABLE.to_owned(), OsString::from("my.toml"))].into();
    let unset: BTreeMap<_, _> = [(VARIABLE.to_owned(), OsString::new())].into();
    let usual = Some(Path::new("/home/me/.config"));
    let path = |variables, dir| ConfigFile::of(variables, dir, None).map(|file| file.path);
    assert_eq!(path(&named, usual).as_deref(), Some(Path::new("my.toml")));
    let expected = Path::new("/home/me/.config/aep-export/config.toml");
    assert_eq!(path(&unset, usual).as_deref(), Some(expected));
    assert_eq!(path(&unset, None), None);
}

#[test]
fn paths_count_from_the_folder_of_the_file_or_from_home() {
    for (text, expected) in [
        ("secret", "/etc/aep/secret"),
        ("../secret", "/etc/aep/../secret"),
        ("/run/secret", "/run/secret"),
        ("~/secret", "/home/me/secret"),
        ("~//etc/passwd", "/home/me/etc/passwd"),
        // Somebody else's home is not looked for.
        ("~you/secret", "/etc/aep/~you/secret"),
    ] {
        let path = file("/etc/aep/config.toml", Some("/home/me")).resolve(text).unwrap();
        assert_eq!(path, Path::new(expected), "{text}");
    }
    assert!(file("config.toml", None).resolve("~/secret").is_err());
    assert_eq!(file("config.toml", None).resolve("secret").unwrap(), Path::new("secret"));
}

#[test]
fn what_is_no_toml_is_told_by_place_and_without_its_text() {
    for (text, place) in [
        ("[profiles.default]\nclient_secret = p8e-canary\n", "c.toml:2:17: "),
        ("[profiles.default]\nclient_secret = \"p8e-canary\n", "c.toml:2:28: "),
        ("p8e-canary", "c.toml:1:11: "),
        ("a = 1\na = \"p8e-canary\"", "c.toml:2:1: "),
        ("a = \"p8e-canary\" \"b\"", "c.toml:1:18: "),
        ("a = '''p8e-canary", "c.toml:1:18: "),
        ("[p8e-canary", "c.toml:1:12: "),
    ] {
        let failure = parse(text).unwrap_err();
        assert!(failure.message().starts_with(place), "{text:?}: {failure:?}");
        assert!(!format!("{failure:?}").contains(CANARY), "{failure:?}");
        assert_eq!(failure.exit().code(), 2);
    }
    let failure = Text::parse(&Arc::from(Path::new("c.toml")), vec![0xff]).unwrap_err();
    assert_eq!(failure.message(), "c.toml is not UTF-8 text");
    assert!(parse("\u{feff}a = 1").is_ok());
}

proptest! {
    /// Whatever is wrong with a file, its text is not repeated.
    #[test]
    fn no_text_panics_or_is_repeated(before in "\\PC{0,20}", between in "[ \\n=\"'\\[\\].,{}#a]{0,8}", after in "\\PC{0,20}") {
        let text = format!("{before}{between}{CANARY}{between}{after}");
        if let Err(failure) = parse(&text) {
            prop_assert!(!format!("{failure:?}").contains(CANARY), "{:?}", failure);
        }
    }
}

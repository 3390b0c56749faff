//! Job files: the templates and the schema of them, and what the program makes of both.

use serde_json::Value;

use crate::world::World;

/// The request that a file makes.
fn request(world: &World, name: &str, text: &str) -> Value {
    std::fs::write(world.path(name), text).unwrap();
    let shown = world.run(&["create", "-f", name, "--dry-run"]);
    assert!(!shown.stderr.contains("warning"), "{shown:?}");
    let body = shown.ok().split_once("\n\n").unwrap().1;
    serde_json::from_str(body.trim()).unwrap()
}

#[test]
fn a_template_is_the_same_request_in_every_language() {
    let world = World::at("http://127.0.0.1:1");
    for kind in [&[][..], &["--minimal"]] {
        let made = |language: &str| {
            let template = world.run(&[&["template", language][..], kind].concat());
            request(&world, &format!("job.{language}"), template.ok())
        };
        let json = made("json");
        assert_eq!(made("yaml"), json);
        assert_eq!(made("toml"), json);
        assert_eq!(json.get("evaluationInfo").is_some(), kind.is_empty(), "{json}");
    }
    assert_eq!(world.run(&["template"]).ok(), world.run(&["template", "yaml"]).ok());
}

#[test]
fn the_full_template_says_everything_that_the_schema_has() {
    let world = World::at("http://127.0.0.1:1");
    let template = request(&world, "job.yaml", world.run(&["template"]).ok());
    let schema: Value = serde_json::from_str(world.run(&["schema"]).ok()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let mut missing = Vec::new();
    lacking(&schema, &schema, &template, "", &mut missing);
    // In the guides alone, and never seen in an answer.
    assert_eq!(missing, ["/additionalFields/eventList/filter/toIngestTimestamp"]);
}

/// The paths of properties of `part`, of `schema`, that `value` does not have.
fn lacking(schema: &Value, part: &Value, value: &Value, path: &str, missing: &mut Vec<String>) {
    let part = resolved(schema, part);
    if let Some(first) = value.get(0) {
        lacking(schema, &part["items"], first, &format!("{path}/0"), missing);
    }
    for (key, property) in part["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        match value.get(key) {
            Some(value) => lacking(schema, property, value, &path, missing),
            None => missing.push(path),
        }
    }
}

/// What `part` refers to, `null` aside; itself if it refers to nothing.
fn resolved<'a>(schema: &'a Value, part: &'a Value) -> &'a Value {
    let options = part["anyOf"].as_array().into_iter().flatten();
    let referring = std::iter::once(part).chain(options);
    let pointers = referring.filter_map(|part| part["$ref"].as_str()?.strip_prefix('#'));
    pointers.filter_map(|pointer| schema.pointer(pointer)).next().unwrap_or(part)
}

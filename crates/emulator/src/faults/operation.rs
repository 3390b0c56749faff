//! Names for what a request asks for.

use http::Method;

use crate::call::Call;

/// Every operation that a fault can name. `HEAD` is the operation of its `GET`.
pub(crate) const NAMES: [&str; 24] = [
    "ims.token",
    "export_jobs.list",
    "export_jobs.create",
    "export_jobs.get",
    "export_jobs.cancel",
    "audiences.list",
    "audiences.get",
    "segment_jobs.list",
    "segment_jobs.create",
    "segment_jobs.get",
    "segment_jobs.cancel",
    "merge_policies.list",
    "merge_policies.get",
    "datasets.list",
    "datasets.create",
    "datasets.get",
    "datasets.preview",
    "batches.list",
    "batches.get",
    "files.list",
    "files.entry",
    "files.open",
    "files.failed",
    "files.meta",
];

/// What a request asks for, when the emulator has a name for it.
pub(crate) fn operation(call: &Call) -> Option<&'static str> {
    let method = match call.method {
        Method::HEAD => "GET",
        ref method => method.as_str(),
    };
    let name = match (method, call.segments().as_slice()) {
        ("POST", ["ims", "token", "v2" | "v3"]) => "ims.token",
        (method, ["data", "core", "ups", rest @ ..]) => match (method, rest) {
            ("GET", ["export", "jobs"]) => "export_jobs.list",
            ("POST", ["export", "jobs"]) => "export_jobs.create",
            ("GET", ["export", "jobs", _]) => "export_jobs.get",
            ("DELETE", ["export", "jobs", _]) => "export_jobs.cancel",
            ("GET", ["segment", "definitions"]) => "audiences.list",
            ("GET", ["segment", "definitions", _]) => "audiences.get",
            ("GET", ["segment", "jobs"]) => "segment_jobs.list",
            ("POST", ["segment", "jobs"]) => "segment_jobs.create",
            ("GET", ["segment", "jobs", _]) => "segment_jobs.get",
            ("DELETE", ["segment", "jobs", _]) => "segment_jobs.cancel",
            ("GET", ["config", "mergePolicies"]) => "merge_policies.list",
            ("GET", ["config", "mergePolicies", _]) => "merge_policies.get",
            _ => return None,
        },
        (method, ["data", "foundation", rest @ ..]) => match (method, rest) {
            ("GET", ["catalog", "dataSets"]) => "datasets.list",
            ("POST", ["catalog", "dataSets"]) => "datasets.create",
            ("GET", ["catalog", "dataSets", _]) => "datasets.get",
            ("GET", ["catalog", "batches"]) => "batches.list",
            ("GET", ["catalog", "batches", _]) => "batches.get",
            ("GET", ["export", "datasets", _, "preview"]) => "datasets.preview",
            ("GET", ["export", "batches", _, "files"]) => "files.list",
            ("GET", ["export", "batches", _, "failed"]) => "files.failed",
            ("GET", ["export", "batches", _, "meta"]) => "files.meta",
            ("GET", ["export", "files", _]) if call.parameter("path").is_some() => "files.open",
            ("GET", ["export", "files", _]) => "files.entry",
            _ => return None,
        },
        _ => return None,
    };
    Some(name)
}

/// Whether `pattern` can be the name of an operation: one of [`NAMES`], or `group.*`.
pub(super) fn is_known(pattern: &str) -> bool {
    NAMES.iter().any(|name| matches(pattern, name))
}

/// Whether an operation is meant by a pattern: its own name, or `group.*`.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(group) => name.split_once('.').is_some_and(|(of, _)| of == group),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn of(method: &str, target: &str) -> Option<&'static str> {
        let request = http::Request::builder().method(method).uri(target).body(()).unwrap();
        operation(&Call::new(request.into_parts().0, Bytes::new(), String::new()))
    }

    #[test]
    fn every_name_is_some_requests() {
        let (ups, foundation) = ("/data/core/ups", "/data/foundation");
        let asked = [
            of("POST", "/ims/token/v3"),
            of("GET", &format!("{ups}/export/jobs?limit=1")),
            of("POST", &format!("{ups}/export/jobs/")),
            of("GET", &format!("{ups}/export/jobs/1")),
            of("DELETE", &format!("{ups}/export/jobs/1")),
            of("GET", &format!("{ups}/segment/definitions")),
            of("GET", &format!("{ups}/segment/definitions/1")),
            of("GET", &format!("{ups}/segment/jobs")),
            of("POST", &format!("{ups}/segment/jobs")),
            of("GET", &format!("{ups}/segment/jobs/1")),
            of("DELETE", &format!("{ups}/segment/jobs/1")),
            of("GET", &format!("{ups}/config/mergePolicies")),
            of("GET", &format!("{ups}/config/mergePolicies/1")),
            of("GET", &format!("{foundation}/catalog/dataSets")),
            of("POST", &format!("{foundation}/catalog/dataSets")),
            of("GET", &format!("{foundation}/catalog/dataSets/1")),
            of("GET", &format!("{foundation}/export/datasets/1/preview")),
            of("GET", &format!("{foundation}/catalog/batches")),
            of("GET", &format!("{foundation}/catalog/batches/1")),
            of("GET", &format!("{foundation}/export/batches/1/files")),
            of("HEAD", &format!("{foundation}/export/files/1")),
            of("HEAD", &format!("{foundation}/export/files/1?path=a")),
            of("GET", &format!("{foundation}/export/batches/1/failed")),
            of("GET", &format!("{foundation}/export/batches/1/meta")),
        ];
        assert_eq!(asked.map(Option::unwrap_or_default), NAMES);
    }

    #[test]
    fn what_is_not_emulated_has_no_name() {
        for (method, target) in [
            ("GET", "/"),
            ("GET", "/ims/token/v3"),
            ("PUT", "/data/core/ups/export/jobs"),
            ("POST", "/data/core/ups/segment/jobs/bulk-get"),
            ("GET", "/data/core/ups/export/jobs/1/2"),
            ("GET", "/_emulator/health"),
        ] {
            assert_eq!(of(method, target), None, "{method} {target}");
        }
    }

    #[test]
    fn a_group_is_named_with_a_star() {
        assert!(matches("files.*", "files.open"));
        assert!(!matches("files.*", "export_jobs.list"));
        assert!(!matches("export.*", "export_jobs.list"));
        assert!(!matches("files", "files.open"));
        for (pattern, known) in
            [("files.*", true), ("files.open", true), ("file.*", false), ("*", false), ("", false)]
        {
            assert_eq!(is_known(pattern), known, "{pattern}");
        }
    }
}

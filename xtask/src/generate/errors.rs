//! The reference of errors: kinds, codes and what to do about them.

use aep_export_cli::{Service, error_codes, error_kinds};

const HEAD: &str = "\
# Errors

What goes wrong is one sentence on stderr, with the id that AEP gave the exchange and what can be done about
it. With JSON output it is [one line of JSON](output.md).

<!-- Written by `cargo xtask generate` from the program's own definitions: do not edit. -->

## Kinds

`kind` in JSON, and the [exit code](exit-codes.md) that goes with it:
";

const SERVICES: [(Service, &str, &str); 3] = [
    (
        Service::Gateway,
        "Codes of the gateway",
        "The gateway in front of all services answers these before a service is asked. As a rule the \
         HTTP status is the code's first three digits; 503020 also comes as HTTP 403.",
    ),
    (
        Service::Profiles,
        "Codes of profiles and segments",
        "Export jobs belong to these services. The HTTP status stands at the end, as in \
         `UPAPI-113752-403`, and may differ from the one that was sent. None of them is documented \
         for export jobs in particular.",
    ),
    (Service::Tokens, "Codes of the token service", "IMS answers these when a token is asked for."),
];

pub(super) fn page() -> String {
    let mut page = format!("{HEAD}\n| kind | exit code | means |\n|---|---|---|\n");
    for (kind, exit, means) in error_kinds() {
        page.push_str(&format!("| `{kind}` | {exit} | {means} |\n"));
    }
    for (service, title, text) in SERVICES {
        page.push_str(&format!("\n## {title}\n\n{text}\n\n"));
        page.push_str("| code | the service says | what to do |\n|---|---|---|\n");
        for row in error_codes().iter().filter(|row| row.from == service) {
            page.push_str(&format!("| `{}` | {} | {} |\n", row.code, row.says, row.hint));
        }
    }
    page.push_str(TAIL);
    page
}

const TAIL: &str = "
Codes and messages are documented; what to do about them is partly assumed. A code that is not here is told
with a hint for its kind.
";

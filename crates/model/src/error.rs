//! Error answers, one type for each envelope that was ever seen.
//!
//! | type | answers of | shape |
//! |---|---|---|
//! | [`GatewayError`] | the API gateway, before the service | `{"error_code", "message"}` |
//! | [`UpsError`] | segmentation and profile (`ups`) | `{"requestId", "errors": {"404": [..]}, "type", "title", "status"}` |
//! | [`PlatformError`] | platform services | `{"type", "title", "status", "report", "error-chain"}` |
//! | [`CatalogError`] | the Catalog | `{"type", "status", "title", "detail"}` |
//! | [`StreamingError`] | streaming ingestion | `{"type", "status", "title", "report": {"message", "cause"}}` |
//! | [`ProfileError`] | profile entities | `{"message", "cause", "statusCode", "retryAfterMs"}` |
//! | [`MessageError`] | ad-hoc activation, `ups` | `{"message"}`, `{"status", "message"}` |
//! | [`ErrorMessage`] | Flow Service | `{"errorMessage"}` |
//! | [`LabelsError`] | labels of datasets | `{"timestamp", "status", "code", "message", "path"}` |
//!
//! All of them are documented; what the export job calls answer is not (`content: {}`). Each type
//! gives its `code()` and `message()` if the answer has them. Any of them reads any JSON object,
//! so which one an answer *is* must be told from its keys: that is left to the client, as is
//! unpacking JSON that a message holds as text, and answers that are empty or no JSON.

mod platform;
mod small;
mod ups;

pub use platform::{
    ErrorLink, PlatformError, PlatformReport, RequestContext, StreamingCause, StreamingError,
    StreamingReport, TenantInfo, Violation, ViolationDetail,
};
pub use small::{
    CatalogError, ErrorMessage, GatewayError, LabelsError, MessageError, ProfileError,
};
pub use ups::{UpsError, UpsErrorEntry, UpsErrorGroups};

/// The code at the end of a type URI such as `https://ns.adobe.com/aep/errors/UPAPI-113430-404`.
/// Other URIs (`/placeholder/type/uri`) name no code.
fn code_of_type(uri: &str) -> Option<&str> {
    let (_, code) = uri.rsplit_once("/errors/")?;
    (!code.is_empty()).then_some(code)
}

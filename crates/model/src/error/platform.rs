//! Envelopes that carry a report.

use super::code_of_type;
use crate::document::document;
use crate::time::EpochMillis;

document! {
    /// An error of a platform service, also found as text inside the message of a
    /// [`UpsError`](super::UpsError).
    pub struct PlatformError {
        /// A URI that ends in the code.
        pub type_uri: Option<String> = "type";
        /// What is wrong.
        pub title: Option<String> = "title";
        /// The HTTP status.
        pub status: Option<u16> = "status";
        /// More about it, in some.
        pub detail: Option<String> = "detail";
        /// Whom it concerns.
        pub report: Option<PlatformReport> = "report";
        /// The services that the error came through.
        pub error_chain: Vec<ErrorLink> = "error-chain";
    }
}

impl PlatformError {
    /// The code: the end of the type, or else that of the first service in the chain.
    pub fn code(&self) -> Option<&str> {
        self.type_uri
            .as_deref()
            .and_then(code_of_type)
            .or_else(|| self.error_chain.iter().find_map(|link| link.error_code.as_deref()))
    }

    /// What is wrong.
    pub fn message(&self) -> Option<&str> {
        self.detail.as_deref().or(self.title.as_deref())
    }

    /// The id to give to Adobe's support.
    pub fn request_id(&self) -> Option<&str> {
        self.report.as_ref()?.additional_context.as_ref()?.request_id.as_deref()
    }
}

document! {
    /// Whom a [`PlatformError`] concerns.
    pub struct PlatformReport {
        /// The organisation and sandbox.
        pub tenant_info: Option<TenantInfo> = "tenantInfo";
        /// The request.
        pub additional_context: Option<RequestContext> = "additionalContext";
    }
}

document! {
    /// An organisation and sandbox; `N/A` where they are not known.
    pub struct TenantInfo {
        /// The sandbox's name.
        pub sandbox_name: Option<String> = "sandboxName";
        /// The sandbox's id.
        pub sandbox_id: Option<String> = "sandboxId";
        /// The organisation.
        pub ims_org_id: Option<String> = "imsOrgId";
    }
}

document! {
    /// A request.
    pub struct RequestContext {
        /// Its id.
        pub request_id: Option<String> = "request-id" | "requestId";
    }
}

document! {
    /// A service that an error came through.
    pub struct ErrorLink {
        /// The service.
        pub service_id: Option<String> = "serviceId";
        /// Its code.
        pub error_code: Option<String> = "errorCode";
        /// The service that called it.
        pub invoking_service_id: Option<String> = "invokingServiceId";
        /// When it happened.
        pub time: Option<EpochMillis> = "unixTimeStampMs";
    }
}

document! {
    /// An error of streaming ingestion.
    pub struct StreamingError {
        /// A URI that names the service, not a code.
        pub type_uri: Option<String> = "type";
        /// The HTTP status.
        pub status: Option<u16> = "status";
        /// What is wrong, in short.
        pub title: Option<String> = "title";
        /// What is wrong, in full.
        pub report: Option<StreamingReport> = "report";
        /// What is wrong, where nothing else is in the answer.
        pub errors: Option<StreamingCause> = "_errors";
    }
}

impl StreamingError {
    /// The code of the type, if it names one, or else the title.
    pub fn code(&self) -> Option<&str> {
        self.type_uri.as_deref().and_then(code_of_type).or(self.title.as_deref())
    }

    /// What is wrong, in full where it is known.
    pub fn message(&self) -> Option<&str> {
        self.report
            .as_ref()
            .and_then(|report| report.message.as_deref())
            .or(self.title.as_deref())
            .or_else(|| self.violations().find_map(|violation| violation.message.as_deref()))
    }

    /// What in the data broke its schema.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        let reported = self.report.iter().filter_map(|report| report.cause.as_ref());
        reported.chain(&self.errors).flat_map(|cause| &cause.violations)
    }
}

document! {
    /// What is wrong with streamed data.
    pub struct StreamingReport {
        /// The sentence.
        pub message: Option<String> = "message";
        /// What lies behind it.
        pub cause: Option<StreamingCause> = "cause";
    }
}

document! {
    /// What lies behind an error of streaming ingestion.
    pub struct StreamingCause {
        /// What broke the schema.
        pub violations: Vec<Violation> = "_streamingValidation";
    }
}

document! {
    /// What broke a schema, with the single causes one level deep; deeper ones are not read.
    pub struct Violation {
        /// What is wrong.
        pub message: Option<String> = "message";
        /// The rule of JSON Schema.
        pub keyword: Option<String> = "keyword";
        /// Where in the data.
        pub pointer_to_violation: Option<String> = "pointerToViolation";
        /// Where in the schema.
        pub schema_location: Option<String> = "schemaLocation";
        /// The single causes.
        pub causes: Vec<ViolationDetail> = "causingExceptions";
    }
}

document! {
    /// A single cause of a [`Violation`].
    pub struct ViolationDetail {
        /// What is wrong.
        pub message: Option<String> = "message";
        /// The rule of JSON Schema.
        pub keyword: Option<String> = "keyword";
        /// Where in the data.
        pub pointer_to_violation: Option<String> = "pointerToViolation";
        /// Where in the schema.
        pub schema_location: Option<String> = "schemaLocation";
    }
}

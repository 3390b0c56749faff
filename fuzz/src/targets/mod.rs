//! The targets, one for each thing that is read from outside.
//!
//! A target is a function of any bytes. It panics where something is not as it has to be.

/// For each name a module that has a function `target`.
macro_rules! targets {
    ($($name:ident)*) => {
        $(
            mod $name;

            #[doc = concat!("The target `", stringify!($name), "`.")]
            pub fn $name(data: &[u8]) {
                $name::target(data);
            }
        )*

        /// The targets by their names.
        pub const ALL: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name)),*];

        #[cfg(test)]
        mod tests {
            $(
                #[test]
                fn $name() {
                    crate::variations::run(stringify!($name), super::$name);
                }
            )*
        }
    };
}

targets! {
    api_answers
    api_batches
    api_downloads
    api_files
    api_manifests
    api_pages
    api_requests
    cli_commands
    cli_job_files
    cli_settings
    cli_token_files
    emulator_faults
    emulator_imports
    emulator_requests
    model_documents
    model_requests
    transport_bodies
    transport_certificates
    transport_headers
    transport_origins
    transport_tokens
}

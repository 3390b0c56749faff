//! What others may see of this process: as little as the system lets it decide.

/// Keeps the memory and the environment of this process, where secrets are, to itself:
///
/// - On Linux it is not dumpable: no other process of the same user may read its memory or its
///   environment or attach a debugger to it, and it leaves no core file. (Root still may.)
/// - On other Unix systems it leaves no core file.
/// - Elsewhere nothing is done.
///
/// Called once, first, by the program itself, and by nobody who uses it as a library.
///
/// What fails here fails because somebody forbade the call itself, and is not worth a refusal to
/// work.
pub fn seal_process() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

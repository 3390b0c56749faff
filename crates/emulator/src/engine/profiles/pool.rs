//! Buffers that are used again: memory that is given back to the system has to be asked for anew,
//! page by page.

use std::sync::{Mutex, PoisonError};

/// Buffers with more room than this are rare, and not kept.
const LARGEST: usize = 8 * 1024 * 1024;
/// Buffers that are kept, at most.
const MOST: usize = 512;

/// Empty buffers with room.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    pub(super) fn get(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(super) fn put(&self, mut buffer: Vec<u8>) {
        let mut buffers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.capacity() <= LARGEST && buffers.len() < MOST {
            buffer.clear();
            buffers.push(buffer);
        }
    }
}

//! A study without a server, for a class or a lab meeting: pages that each hold one list, and answers handed in as files
//! or as QR codes.

mod hand_in;
mod pages;

#[cfg(test)]
mod tests;

pub use hand_in::{Handed, decided, read, remarks};
pub use pages::{Pages, write_pages};

//! The rules of the rooms.

mod circles;
mod crates;
mod files;
mod readme;

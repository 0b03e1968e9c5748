//! The rules of the rooms.

mod crates;
mod files;
mod readme;

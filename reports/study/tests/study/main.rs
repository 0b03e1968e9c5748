//! The study as people meet it: over loopback, in a browser, with a server that is killed.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod attack;
mod browser;
mod class;
mod client;
mod crash;
mod presses;
mod process;
mod sessions;
mod studies;
mod webdriver;

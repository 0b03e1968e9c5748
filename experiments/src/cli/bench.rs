//! The arguments of `lab bench`.

use std::path::PathBuf;

use clap::Args;

use super::Format;

/// `lab bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Pieces of work, by the beginning of their names; all if none is named.
    pub(crate) names: Vec<String>,
    /// Small sizes where the full ones take minutes.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Threads of both sides.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// A Python with torch and numpy to measure against; `python3` if it is not named.
    #[arg(long, value_name = "PATH")]
    pub(crate) peer_python: Option<PathBuf>,
    /// Where both sides work: cpu, cuda, cuda:N, with +tf32 for reduced precision on a card, or auto.
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    pub(crate) device: String,
    /// A table, or JSON.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Do one piece of work, a unit for each line on the input.
    #[arg(long, hide = true, value_name = "NAME", conflicts_with = "names")]
    pub(crate) worker: Option<String>,
}

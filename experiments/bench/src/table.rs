//! The table: medians, shares of the limit, ratios.

use std::fmt::Write as _;

use serde::Serialize;

use super::gemm;
use super::pace::Cost;
use super::rounds::Rounds;
use super::work::Work;

/// Every row, and what holds for all.
#[derive(Debug, Serialize)]
pub struct Table {
    pub(super) threads: usize,
    pub(super) device: String,
    pub(super) peer: String,
    pub(super) rows: Vec<Row>,
}

/// One piece of work. Times are medians over rounds, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) n_rounds: usize,
    pub(super) gflop: Option<f64>,
    pub(super) ours: Medians,
    pub(super) peer: Option<Medians>,
    /// The peer's time by ours, round by round: median, least, most.
    pub(super) ratio: Option<[f64; 3]>,
    /// Our peak memory by the peer's.
    pub(super) memory_ratio: Option<f64>,
}

/// The costs of one side.
#[derive(Debug, Serialize)]
pub(super) struct Medians {
    pub(super) wall_ms: f64,
    pub(super) cpu_ms: f64,
    pub(super) peak_mib: f64,
}

impl Row {
    pub(super) fn new(work: &Work, rounds: &Rounds) -> Self {
        let ours = Medians::of(&rounds.ours);
        let peer = (!rounds.peer.is_empty()).then(|| Medians::of(&rounds.peer));
        let mut ratios: Vec<f64> = rounds
            .ours
            .iter()
            .zip(&rounds.peer)
            .map(|(ours, peer)| peer.wall / ours.wall)
            .collect();
        ratios.sort_by(f64::total_cmp);
        Self {
            name: work.name.clone(),
            unit: work.unit.clone(),
            n_rounds: rounds.ours.len(),
            gflop: work.flop.map(|flop| flop / 1e9),
            ratio: (!ratios.is_empty())
                .then(|| [middle(&ratios), ratios[0], ratios[ratios.len() - 1]]),
            memory_ratio: peer.as_ref().map(|peer| ours.peak_mib / peer.peak_mib),
            ours,
            peer,
        }
    }
}

impl Medians {
    fn of(costs: &[Cost]) -> Self {
        let median = |of: fn(&Cost) -> f64| {
            let mut all: Vec<f64> = costs.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            middle(&all)
        };
        Self {
            wall_ms: 1e3 * median(|cost| cost.wall),
            cpu_ms: 1e3 * median(|cost| cost.cpu),
            peak_mib: median(|cost| cost.peak as f64) / f64::from(1 << 20),
        }
    }
}

/// The median of sorted values.
fn middle(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    if n == 0 {
        f64::NAN
    } else {
        f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2])
    }
}

impl Table {
    /// GFLOP/s of the product that sets the limit.
    fn limit(&self) -> Option<f64> {
        let row = self.rows.iter().find(|row| row.name == gemm::NAME)?;
        Some(row.gflop? / row.ours.wall_ms * 1e3)
    }

    /// As lines for people.
    pub fn text(&self) -> String {
        let header = [
            "work",
            "ms",
            "CPU ms",
            "GFLOP/s",
            "of limit",
            "MiB",
            "peer ms",
            "peer CPU",
            "peer MiB",
            "faster by",
            "(least–most)",
            "memory",
        ];
        let mut lines = vec![header.map(str::to_owned)];
        lines.extend(self.rows.iter().map(|row| self.cells(row)));
        let width = |column: usize| {
            lines
                .iter()
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
        let mut text = String::new();
        for line in &lines {
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let padding = width - cell.chars().count();
                let (left, right) = if column == 0 {
                    (0, padding)
                } else {
                    (padding, 0)
                };
                let _ = write!(text, "{:left$}{cell}{:right$}  ", "", "");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        let _ = write!(
            text,
            "\n{} threads on {}; peer: {}\n\
             Medians over alternating rounds. GFLOP/s count the direct algorithm; the limit is that of `{}` in this run.\n\
             faster by: the peer's time divided by ours; memory: our peak divided by the peer's, of the host.\n",
            self.threads,
            self.device,
            self.peer,
            gemm::NAME
        );
        for row in &self.rows {
            let _ = writeln!(text, "{}: {} ({} rounds)", row.name, row.unit, row.n_rounds);
        }
        text
    }

    fn cells(&self, row: &Row) -> [String; 12] {
        let dash = || "–".to_owned();
        let speed = row.gflop.map(|gflop| gflop / row.ours.wall_ms * 1e3);
        let share = speed.zip(self.limit()).map(|(speed, limit)| speed / limit);
        let peer =
            |of: fn(&Medians) -> f64| row.peer.as_ref().map_or_else(dash, |peer| number(of(peer)));
        [
            row.name.clone(),
            number(row.ours.wall_ms),
            number(row.ours.cpu_ms),
            speed.map_or_else(dash, number),
            share.map_or_else(dash, |share| format!("{:.0} %", 100.0 * share)),
            number(row.ours.peak_mib),
            peer(|peer| peer.wall_ms),
            peer(|peer| peer.cpu_ms),
            peer(|peer| peer.peak_mib),
            row.ratio
                .map_or_else(dash, |[median, ..]| format!("{median:.2}")),
            row.ratio
                .map_or_else(dash, |[_, least, most]| format!("{least:.2}–{most:.2}")),
            row.memory_ratio
                .map_or_else(dash, |ratio| format!("{ratio:.2}")),
        ]
    }
}

/// Three digits that matter.
fn number(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

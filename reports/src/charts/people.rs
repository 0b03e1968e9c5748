//! Whether those who answered are people: each person by signal, and what the rule finds in simulated studies.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Text};
use plotters::prelude::DrawingBackend;
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, WHITE};

use super::canvas::{Chart, Drawn, Words};
use super::style::{BLUE, CYCLE, GREY, INK, LIGHT, SMALL, TEXT, VERMILION, WIDTH, letters};
use lab_score::study::people::rule::MOST;
use lab_score::study::people::{Evaluation, People, Signal};

/// What the names of these figures begin with.
pub(crate) const NAME: &str = "study_people";

const ROW: u32 = 74;
const AXIS: u32 = 112;
const ABOVE: u32 = 60;
const LABELS: u32 = 470;
const RIGHT: u32 = 60;
/// Places above and below a row's middle that dots are spread over, so that those of equal value are seen.
const N_LANES: usize = 9;
const LANE: f64 = 0.08;
/// Largest share of people on the axis of the second figure: more named people are of no use.
const MOST_PEOPLE: f64 = 0.25;

/// Dots of people, by signal.
pub(super) struct Signals {
    rows: Vec<(String, Vec<(f64, bool)>)>,
    threshold: f64,
    most: f64,
}

/// Each person by signal, and all signals together in the last row; `None` where nobody could be looked at.
pub(super) fn signals(people: &People) -> Option<(Signals, Words)> {
    people.persons.first()?;
    let mut rows: Vec<(String, Vec<(f64, bool)>)> = Signal::ALL
        .into_iter()
        .map(|signal| {
            let of = people.persons.iter().filter_map(|row| {
                let found = row.signal(signal)?;
                let surprise = -found.p.max(f64::MIN_POSITIVE).ln();
                Some((surprise.clamp(0.0, MOST), row.stands_out))
            });
            (words(signal).to_owned(), of.collect::<Vec<(f64, bool)>>())
        })
        .filter(|(_, dots)| !dots.is_empty())
        .collect();
    let together = people.persons.iter().map(|row| (row.score, row.stands_out));
    rows.push(("all together".into(), together.collect()));
    let most = people
        .persons
        .iter()
        .map(|row| row.score)
        .fold(MOST, f64::max);
    let caption = "A dot is a person; the farther right, the rarer among people (−ln p; the last row is their weighted sum, with the \
                   threshold). Orange-red: those who stand out. To stand out is no verdict.";
    let chart = Signals {
        rows,
        threshold: people.simulated.threshold,
        most,
    };
    let title = "Signals by person".into();
    let caption = caption.into();
    let name = NAME;
    Some((
        chart,
        Words {
            name,
            title,
            caption,
        },
    ))
}

/// A signal in a few words.
pub(crate) fn words(signal: Signal) -> &'static str {
    match signal {
        Signal::Agreement => "answers like an observer",
        Signal::TimeByDifficulty => "no slower where people are split",
        Signal::Speed => "fast",
        Signal::Spread => "times vary little",
        Signal::Shape => "times have no long tail",
        Signal::Regularity => "times do not follow each other",
        Signal::Implausible => "times under 200 ms",
        Signal::Side => "one side preferred",
        Signal::Switching => "sides alternate or stay",
        Signal::Accuracy => "few right decisions",
        Signal::Catch => "attention checks failed",
    }
}

impl Chart for Signals {
    fn size(&self) -> (u32, u32) {
        (WIDTH, ABOVE + self.rows.len() as u32 * ROW + AXIS)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let n_rows = self.rows.len() as f64;
        let mut chart = ChartBuilder::on(area)
            .margin_left(LABELS)
            .margin_right(RIGHT)
            .margin_top(ABOVE)
            .x_label_area_size(AXIS)
            .build_cartesian_2d(-0.2..self.most * 1.02, n_rows..0.0)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_y_mesh()
            .disable_y_axis()
            .x_labels(11)
            .x_label_formatter(&|value| format!("{value:.0}"))
            .light_line_style(WHITE.mix(0.0))
            .bold_line_style(LIGHT.stroke_width(1))
            .axis_style(GREY.stroke_width(2))
            .label_style(letters(SMALL, INK, HPos::Center, VPos::Top));
        mesh.x_desc("how rare among people, −ln p")
            .axis_desc_style(letters(TEXT, INK, HPos::Center, VPos::Center))
            .draw()?;
        let last = [(self.threshold, n_rows - 1.0), (self.threshold, n_rows)];
        chart.draw_series([PathElement::new(last, INK.stroke_width(3))])?;
        for (place, (label, dots)) in self.rows.iter().enumerate() {
            let middle = place as f64 + 0.5;
            let (_, y) = chart.backend_coord(&(0.0, middle));
            let style = letters(SMALL, INK, HPos::Right, VPos::Center);
            area.draw(&Text::new(label.clone(), (LABELS as i32 - 24, y), style))?;
            // Those who stand out lie on top.
            for stands_out in [false, true] {
                let own = dots
                    .iter()
                    .enumerate()
                    .filter(|(_, dot)| dot.1 == stands_out);
                let dot = |(order, (value, _)): (usize, &(f64, bool))| {
                    let lane = (order % N_LANES) as f64 - (N_LANES / 2) as f64;
                    let at = (*value, middle + LANE * lane);
                    if stands_out {
                        Circle::new(at, 7, VERMILION.mix(0.9).filled())
                    } else {
                        Circle::new(at, 5, BLUE.mix(0.4).filled())
                    }
                };
                chart.draw_series(own.map(dot))?;
            }
        }
        Ok(())
    }
}

/// Curves of agents found against people named.
pub(super) struct Curves {
    lines: Vec<(String, Vec<(f64, f64)>)>,
    /// Share of people named and of agents found at the threshold.
    at: (f64, f64),
}

/// What the rule finds in simulated studies, by kind of agent.
pub(super) fn simulated(of: &Evaluation) -> Option<(Curves, Words)> {
    let lines: Vec<(String, Vec<(f64, f64)>)> = of
        .kinds
        .iter()
        .map(|row| {
            let label = format!("{} (area {:.3})", row.kind.label(), row.area);
            (label, row.curve.clone())
        })
        .collect();
    let (n_found, n) = of
        .kinds
        .iter()
        .fold((0, 0), |sum, row| (sum.0 + row.n_found, sum.1 + row.n));
    lines.first()?;
    let caption = format!(
        "Simulated: nobody answered. {} studies of {} people with {} decisions each, and scripted agents of six kinds. A line is a kind: \
         the share of its agents that is found, by the share of people that is named with them, for all thresholds. The dot is the \
         rule's threshold, over all kinds. Areas are of the whole curves, up to 1.",
        of.n_studies, of.n_people, of.n_trials
    );
    let curves = Curves {
        lines,
        at: (of.named(), n_found as f64 / f64::from(n.max(1) as u32)),
    };
    let (name, title) = (
        "study_people_simulated",
        "What the rule finds, simulated".into(),
    );
    Some((
        curves,
        Words {
            name,
            title,
            caption,
        },
    ))
}

impl Chart for Curves {
    fn size(&self) -> (u32, u32) {
        (WIDTH, 760)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        let mut chart = ChartBuilder::on(area)
            .margin_left(30)
            .margin_right(WIDTH / 2 - 60)
            .margin_top(30)
            .x_label_area_size(AXIS)
            .y_label_area_size(130)
            .build_cartesian_2d(0.0..MOST_PEOPLE, 0.0..1.02)?;
        let mut mesh = chart.configure_mesh();
        mesh.x_labels(6)
            .y_labels(6)
            .x_label_formatter(&|value| format!("{value:.2}"))
            .y_label_formatter(&|value| format!("{value:.1}"))
            .light_line_style(WHITE.mix(0.0))
            .bold_line_style(LIGHT.stroke_width(1))
            .axis_style(GREY.stroke_width(2))
            .label_style(letters(SMALL, INK, HPos::Center, VPos::Top));
        mesh.y_label_style(letters(SMALL, INK, HPos::Right, VPos::Center))
            .x_desc("share of people named")
            .y_desc("share of agents found")
            .axis_desc_style(letters(TEXT, INK, HPos::Center, VPos::Center))
            .draw()?;
        for (order, (label, points)) in self.lines.iter().enumerate() {
            let color = CYCLE[order % CYCLE.len()];
            let shown = shown(points);
            chart.draw_series(LineSeries::new(shown, color.stroke_width(4)))?;
            let (x, y) = ((WIDTH / 2) as i32 + 96, 60 + 62 * order as i32);
            area.draw(&PathElement::new(
                [(x, y), (x + 50, y)],
                color.stroke_width(6),
            ))?;
            let style = letters(SMALL, INK, HPos::Left, VPos::Center);
            area.draw(&Text::new(label.clone(), (x + 66, y), style))?;
        }
        if self.at.0 <= MOST_PEOPLE {
            chart.draw_series([Circle::new(self.at, 11, INK.filled())])?;
        }
        Ok(())
    }
}

/// The points on the axis, and the one where the line leaves it.
fn shown(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let n_inside = points
        .iter()
        .take_while(|point| point.0 <= MOST_PEOPLE)
        .count();
    let mut shown = points[..n_inside].to_vec();
    if let (Some(&(x, y)), Some(&(beyond, above))) = (shown.last(), points.get(n_inside)) {
        let part = (MOST_PEOPLE - x) / (beyond - x);
        shown.push((MOST_PEOPLE, y + part * (above - y)));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_line_ends_where_the_axis_does() {
        let points = shown(&[(0.0, 0.5), (0.2, 0.8), (0.3, 1.0), (1.0, 1.0)]);
        assert_eq!(points.len(), 3);
        assert!((points[2].0 - 0.25).abs() < 1e-12 && (points[2].1 - 0.9).abs() < 1e-12);
        assert_eq!(shown(&[(0.0, 1.0), (0.1, 1.0)]).len(), 2);
        assert!(shown(&[]).is_empty());
    }
}

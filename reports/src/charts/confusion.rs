//! Classes named by the independent classifier, of originals beside reconstructions.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, FontTransform, RGBColor, WHITE};

use super::canvas::{Chart, Drawn, Words};
use super::style::{BLUE, INK, LIGHT, SMALL, TEXT, WIDTH, bold, letters};
use lab_score::record::{Condition, ConfusionTable, Record};

const SIDE: i32 = 600;
const LABELS: i32 = 190;
const ABOVE: i32 = 60;
const BELOW: i32 = 190;

/// Two tables at most, side by side.
pub(super) struct Confusions {
    panels: Vec<(String, ConfusionTable)>,
}

/// The tables of the originals and of the reconstructions.
pub(super) fn confusion(record: &Record) -> Option<(Confusions, Words)> {
    let of = |condition: &Condition| {
        record
            .confusions
            .iter()
            .find(|table| table.condition == *condition)
    };
    let made = of(&record.result())?;
    let panel = |name: &str, table: &ConfusionTable| {
        let in_table: usize = table.counts.iter().flatten().sum();
        let others: usize = table.other.iter().sum();
        let left_out = if others > 0 {
            format!(", {others} of no class")
        } else {
            String::new()
        };
        let heading = format!("{name} (n = {}{left_out})", in_table + others);
        (heading, table.clone())
    };
    let mut panels: Vec<_> = of(&Condition::Originals)
        .map(|table| panel("originals", table))
        .into_iter()
        .collect();
    panels.push(panel("reconstructions", made));
    let caption = format!(
        "Rows: the image's class; columns: the class that '{}' names, a classifier that saw neither the responses nor the loss. \
         Numbers are images; darker cells hold a larger share of their row. A perfect score lies on the diagonal.",
        made.classifier
    );
    Some((
        Confusions { panels },
        Words {
            name: "confusion",
            title: "Classes of originals and reconstructions".into(),
            caption,
        },
    ))
}

impl Confusions {
    fn panel<DB: DrawingBackend>(
        &self,
        area: &DrawingArea<DB, Shift>,
        left: i32,
        idx: usize,
    ) -> Drawn<DB> {
        let (heading, table) = &self.panels[idx];
        let n = table.classes.len().max(1) as i32;
        let edge = |place: usize| place as i32 * SIDE / n;
        let at = (left + SIDE / 2, ABOVE / 2);
        area.draw(&Text::new(
            heading.clone(),
            at,
            bold(TEXT, INK, HPos::Center, VPos::Center),
        ))?;
        let size = SMALL.min(1.1 * f64::from(SIDE / n)).max(14.0);
        for (row, counts) in table.counts.iter().enumerate() {
            let total = counts.iter().sum::<usize>().max(1) as f64;
            for (column, &count) in counts.iter().enumerate() {
                let (x, y) = (left + edge(column), ABOVE + edge(row));
                let corner = (left + edge(column + 1), ABOVE + edge(row + 1));
                let share = count as f64 / total;
                area.draw(&Rectangle::new([(x, y), corner], shade(share).filled()))?;
                area.draw(&Rectangle::new([(x, y), corner], LIGHT.stroke_width(1)))?;
                if count > 0 && n <= 24 {
                    let ink = if share > 0.55 { WHITE } else { INK };
                    let middle = (i32::midpoint(x, corner.0), i32::midpoint(y, corner.1));
                    area.draw(&Text::new(
                        count.to_string(),
                        middle,
                        letters(size, ink, HPos::Center, VPos::Center),
                    ))?;
                }
            }
        }
        for (place, class) in table.classes.iter().enumerate() {
            let name = shortened(class);
            let middle = i32::midpoint(edge(place), edge(place + 1));
            let at = (left - 14, ABOVE + middle);
            area.draw(&Text::new(
                name.clone(),
                at,
                letters(size, INK, HPos::Right, VPos::Center),
            ))?;
            let (at, style) = (left + middle, letters(size, INK, HPos::Center, VPos::Top));
            if table.classes.iter().all(|class| class.chars().count() <= 2) {
                area.draw(&Text::new(name, (at, ABOVE + SIDE + 12), style))?;
            } else {
                let style =
                    letters(size, INK, HPos::Left, VPos::Center).transform(FontTransform::Rotate90);
                area.draw(&Text::new(name, (at, ABOVE + SIDE + 12), style))?;
            }
        }
        let at = (left + SIDE / 2, ABOVE + SIDE + BELOW - 28);
        area.draw(&Text::new(
            "class named",
            at,
            letters(SMALL, INK, HPos::Center, VPos::Center),
        ))?;
        let style =
            letters(SMALL, INK, HPos::Center, VPos::Center).transform(FontTransform::Rotate270);
        area.draw(&Text::new(
            "class of the image",
            (left - LABELS + 24, ABOVE + SIDE / 2),
            style,
        ))
    }
}

impl Chart for Confusions {
    fn size(&self) -> (u32, u32) {
        (WIDTH, (ABOVE + SIDE + BELOW) as u32)
    }

    fn draw<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>) -> Drawn<DB> {
        for idx in 0..self.panels.len() {
            self.panel(area, LABELS + idx as i32 * WIDTH as i32 / 2, idx)?;
        }
        Ok(())
    }
}

/// From white to blue.
fn shade(share: f64) -> RGBColor {
    let mix = |ink: u8| (255.0 + (f64::from(ink) - 255.0) * share.clamp(0.0, 1.0)).round() as u8;
    RGBColor(mix(BLUE.0), mix(BLUE.1), mix(BLUE.2))
}

fn shortened(class: &str) -> String {
    if class.chars().count() <= 10 {
        class.into()
    } else {
        class.chars().take(9).chain(['…']).collect()
    }
}

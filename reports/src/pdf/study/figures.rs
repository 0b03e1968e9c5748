//! Figures of a study, as its pages name them.

use crate::charts::Figure;

/// File, title and caption of a figure.
pub(super) fn listed(figure: &Figure) -> [String; 3] {
    [file(figure), figure.title.clone(), figure.caption.clone()]
}

/// Name of the figure's file.
pub(super) fn file(figure: &Figure) -> String {
    format!("{}.svg", figure.name)
}

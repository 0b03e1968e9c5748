//! What each column of the decisions means.

use crate::csv::Table;

/// Name, meaning, type, unit or values.
pub(super) const VARIABLES: [(&str, &str, &str, &str); 13] = [
    (
        "set",
        "Dataset that the image belongs to",
        "text",
        "names of datasets; empty for drawn patterns",
    ),
    (
        "condition",
        "What made the reconstructions: the label of a run or generator",
        "text",
        "labels; empty for checks and practice",
    ),
    (
        "subject",
        "Whose brain activity the reconstruction is of",
        "text",
        "names; empty for the aligned mean",
    ),
    (
        "image",
        "Name of the original that was shown",
        "text",
        "names of images",
    ),
    (
        "distractor",
        "Name of the image whose reconstruction was the foil",
        "text",
        "names of images",
    ),
    (
        "rater",
        "Made-up name of the person who decided",
        "text",
        "salted hash of the platform's name, or random",
    ),
    ("n_alternatives", "Pictures to choose from", "integer", "2"),
    (
        "correct",
        "Whether the reconstruction of the original was chosen",
        "integer",
        "1 yes, 0 no",
    ),
    (
        "side",
        "Where the reconstruction of the original stood",
        "text",
        "left, right",
    ),
    ("answer", "What was chosen", "text", "left, right"),
    (
        "rt_ms",
        "Time from the trial's pictures being painted to the press that chose, time away from the page included; what was pressed before is no choice",
        "number",
        "milliseconds",
    ),
    (
        "trial",
        "Place in the person's order, practice included",
        "integer",
        "from 1",
    ),
    (
        "kind",
        "What the trial was for",
        "text",
        "trial, catch (attention check), practice (with feedback)",
    ),
];

/// The data dictionary.
pub(super) fn table() -> Table {
    let mut table = Table::new(&["variable", "description", "type", "unit_or_values"]);
    for (name, description, kind, values) in VARIABLES {
        table.rows.push(
            [name, description, kind, values]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    table
}

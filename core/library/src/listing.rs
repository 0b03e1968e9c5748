//! The arrays of a dataset's LIST: two of the stimuli, then five of each subject.

use super::arrays::Element;
use super::sink::fits;

/// Arrays of the stimuli: sets and classes.
const OF_STIMULI: u32 = 2;
/// Arrays of each subject: responses, trials, regions, places, noise ceilings.
const OF_SUBJECT: u32 = 5;

/// The first array of a subject.
pub(super) fn first_of(subject_idx: usize) -> u32 {
    OF_STIMULI + OF_SUBJECT * subject_idx as u32
}

/// What an output may be.
pub(super) fn rule(index: u32, element: Element, shape: &[u64]) -> Result<(), String> {
    let of_subject = index.checked_sub(OF_STIMULI).map(|part| part % OF_SUBJECT);
    let (wanted, pattern): (Element, &[Option<usize>]) = match (index, of_subject) {
        (0, _) => (Element::U8, &[None]),
        (_, None | Some(2)) => (Element::I64, &[None]),
        (_, Some(0)) => (Element::F32, &[None, None]),
        (_, Some(1)) => (Element::I64, &[None, Some(3)]),
        (_, Some(3)) => (Element::F32, &[None, Some(3)]),
        (_, Some(_)) => (Element::F32, &[None]),
    };
    fits(wanted, pattern, element, shape)
}

//! Regions of voxels across the interface, which gives each voxel one number.
//!
//! A voxel that lies in several regions has the number of a line that joins their names by tabs, and one that lies in none
//! that of a line of one tab. Libraries that know nothing of this see one more region.

use std::collections::BTreeMap;

/// Between the names of the regions of one voxel.
const JOINT: char = '\t';

/// For each voxel the number of a name, and the names: those of the regions first, in their order.
pub(super) fn to_numbers(roi: &[Vec<u16>], roi_names: &[String]) -> (Vec<i64>, Vec<String>) {
    let mut names = roi_names.to_vec();
    let mut joined: BTreeMap<Vec<u16>, i64> = BTreeMap::new();
    let mut numbers = Vec::with_capacity(roi.len());
    for of in roi {
        numbers.push(match of.as_slice() {
            &[one] => i64::from(one),
            several => *joined.entry(of.clone()).or_insert_with(|| {
                names.push(join(several, roi_names));
                names.len() as i64 - 1
            }),
        });
    }
    (numbers, names)
}

fn join(several: &[u16], roi_names: &[String]) -> String {
    let known = |&region: &u16| roi_names.get(usize::from(region)).map(String::as_str);
    let all: Vec<&str> = several.iter().filter_map(known).collect();
    if all.is_empty() {
        return JOINT.to_string();
    }
    all.join(&JOINT.to_string())
}

/// The regions of each voxel, and their names, each once.
pub(super) fn from_numbers(numbers: &[usize], names: &[String]) -> (Vec<Vec<u16>>, Vec<String>) {
    let mut single: Vec<String> = Vec::new();
    let mut of_name: Vec<Vec<u16>> = Vec::with_capacity(names.len());
    // A name without a joint keeps its own place, even where it stands there twice.
    for name in names.iter().filter(|name| !name.contains(JOINT)) {
        single.push(name.clone());
    }
    let mut place = 0;
    for name in names {
        if !name.contains(JOINT) {
            of_name.push(vec![place]);
            place += 1;
            continue;
        }
        let parts = name.split(JOINT).filter(|part| !part.is_empty());
        let known = |part: &str| {
            let found = single.iter().position(|known| known == part);
            found.unwrap_or_else(|| {
                single.push(part.to_owned());
                single.len() - 1
            }) as u16
        };
        of_name.push(parts.map(known).collect());
    }
    let regions = |&number: &usize| of_name.get(number).cloned().unwrap_or_default();
    (numbers.iter().map(regions).collect(), single)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_a_voxel_cross_and_come_back() {
        let names: Vec<String> = ["V1", "V2", "LVC"].map(str::to_owned).to_vec();
        let roi = vec![vec![0, 2], vec![1], vec![], vec![0, 2], vec![1, 2], vec![2]];
        let (numbers, lines) = to_numbers(&roi, &names);
        assert_eq!(numbers, [3, 1, 4, 3, 5, 2]);
        assert_eq!(lines[3..], ["V1\tLVC", "\t", "V2\tLVC"]);
        let numbers: Vec<usize> = numbers.iter().map(|&number| number as usize).collect();
        assert_eq!(from_numbers(&numbers, &lines), (roi, names));
    }

    #[test]
    fn names_that_stand_alone_keep_their_numbers() {
        let names: Vec<String> = ["V1", "Größe"].map(str::to_owned).to_vec();
        let (numbers, lines) = to_numbers(&[vec![1], vec![0]], &names);
        assert_eq!((numbers.as_slice(), &lines), (&[1, 0][..], &names));
        let joined: Vec<String> = ["A\tB", "B"].map(str::to_owned).to_vec();
        let (roi, single) = from_numbers(&[0, 1], &joined);
        assert_eq!(roi, [vec![1, 0], vec![0]]);
        assert_eq!(single, ["B", "A"]);
    }
}

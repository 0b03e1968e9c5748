//! What a dataset needs from outside of its file: other files, or programs that unpack it. None of it is followed.

use rust_hdf5::{H5Dataset, H5File, H5Group, Hdf5Error, LinkClass, StorageLayout};

/// Names of external files that are shown.
const SHOWN: usize = 3;
/// Groups in groups are looked through so far.
const DEEPEST: usize = 32;
/// Links that are looked at.
const MOST: usize = 1 << 16;

/// Filters that HDF5 itself or h5py has; all others come as plug-ins.
const OWN: [(u16, &str); 7] = [
    (1, "deflate"),
    (2, "shuffle"),
    (3, "fletcher32"),
    (4, "szip"),
    (5, "nbit"),
    (6, "scaleoffset"),
    (32000, "lzf"),
];
/// Plug-ins that files are often packed with, by their registered numbers.
const FOREIGN: [(u16, &str); 9] = [
    (307, "bzip2"),
    (32001, "blosc"),
    (32004, "lz4"),
    (32008, "bitshuffle"),
    (32013, "zfp"),
    (32015, "zstd"),
    (32017, "sz"),
    (32026, "blosc2"),
    (32028, "b3d"),
];

/// Name of a filter.
pub(super) fn filter_name(id: u16) -> String {
    let known = OWN.iter().chain(&FOREIGN).find(|(known, _)| *known == id);
    known.map_or_else(|| format!("filter {id}"), |(_, name)| (*name).to_owned())
}

/// What the dataset needs from outside of its file; `None` if nothing.
///
/// # Errors
/// Fails if the library does.
pub(super) fn of(dataset: &H5Dataset) -> Result<Option<String>, Hdf5Error> {
    let files = dataset.external_files()?;
    if !files.is_empty() {
        let names = files
            .iter()
            .take(SHOWN)
            .map(|file| format!("{:?}", file.name));
        let names: Vec<String> = names.collect();
        return Ok(Some(format!(
            "external storage: its values lie in {}, which is not read",
            names.join(", ")
        )));
    }
    if matches!(dataset.storage_layout()?, StorageLayout::Virtual) {
        let got = "a virtual dataset: its values lie in other datasets, perhaps of other files, which are not read";
        return Ok(Some(got.into()));
    }
    let filters = dataset.filters()?;
    let is_own = |id: u16| OWN.iter().any(|(own, _)| *own == id);
    let foreign = filters.iter().find(|filter| !is_own(filter.id));
    Ok(foreign.map(|filter| {
        format!(
            "values packed by a plug-in, {} (number {}), which is not loaded",
            filter_name(filter.id),
            filter.id
        )
    }))
}

/// Links that lead to other files, one sentence each.
pub(super) fn links(file: &H5File) -> Vec<String> {
    let mut found = Vec::new();
    let mut groups = vec![(file.root_group(), 0)];
    let mut n_seen = 0;
    while let Some((group, depth)) = groups.pop() {
        for name in group.link_names().unwrap_or_default() {
            n_seen += 1;
            if n_seen > MOST {
                return found;
            }
            let path = format!("{}/{name}", group.name().trim_end_matches('/'));
            let path = path.trim_start_matches('/');
            match group.link_class(&name) {
                Ok(LinkClass::External { file, .. }) => found.push(format!(
                    "'{path}' is a link to another file, {file:?}, and is not followed"
                )),
                Ok(LinkClass::UserDefined { link_type }) => found.push(format!(
                    "'{path}' is a link of a kind of its own ({link_type}) and is not followed"
                )),
                _ => {}
            }
        }
        if depth < DEEPEST {
            let inner = group.group_names().unwrap_or_default();
            let inner = inner.iter().filter_map(|name| group.group(name).ok());
            groups.extend(inner.map(|group: H5Group| (group, depth + 1)));
        }
    }
    found.sort();
    found
}

//! Numbers of the methods of plugins.

/// `LAB_FORWARD`
pub const FORWARD: u32 = 0;
/// `LAB_TRAIN`
pub const TRAIN: u32 = 1;
/// `LAB_SAVE`
pub const SAVE: u32 = 2;
/// `LAB_LOAD`
pub const LOAD: u32 = 3;
/// `LAB_LIST`
pub const LIST: u32 = 4;
/// `LAB_QUALITY`
pub const QUALITY: u32 = 5;
/// `LAB_SHARE`
pub const SHARE: u32 = 6;
/// `LAB_CLASSIFY`
pub const CLASSIFY: u32 = 7;
/// `LAB_ENCODE`
pub const ENCODE: u32 = 8;
/// `LAB_MAP_DRAWS`
pub const MAP_DRAWS: u32 = 9;

//! Lines that are drawn around a printed table.

/// Whether fields are drawn with hyphens and the like.
pub(crate) fn is_ruler<'a>(fields: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut drawn = 0;
    for field in fields {
        if !field.iter().all(|b| b"-+|=: _".contains(b)) {
            return false;
        }
        drawn += field.iter().filter(|b| b"-=_".contains(b)).count();
    }
    drawn >= 3
}

//! Memory that the machine has free.
//!
//! In: what Linux tells. Out: bytes, the least of what the machine and the control group of this process have; nothing on other systems, where
//! limits stay as they are in a tab.

use std::fs;

/// Bytes that this process may still take.
pub fn free_bytes() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text))?;
    let group = |name: &str| {
        fs::read_to_string(format!("/sys/fs/cgroup/{name}"))
            .ok()?
            .trim()
            .parse::<u64>()
            .ok()
    };
    let left = group("memory.max").map(|most| most.saturating_sub(group("memory.current").unwrap_or(0)));
    Some(left.map_or(machine, |left| left.min(machine)))
}

/// `MemAvailable` of `/proc/meminfo`.
fn available(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_linux_is_read() {
        let text = "MemTotal:       24672540 kB\nMemAvailable:   21000000 kB\nBuffers: 1 kB\n";
        assert_eq!(available(text), Some(21_000_000 * 1024));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
    }
}

#![no_main]

use contrastvae_fuzz::checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::reader(data));

//! The program `contrastvae` from outside: its answers as scripts read them, and training, comparing and using runs through it.

mod answers;
mod archive;
mod compare;
mod runs;
mod train;
mod trained_run;

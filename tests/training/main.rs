//! Models, objective and runs through the library: values of independent implementations, properties of a pass, whole runs on the CPU, and
//! checkpoints of other programs.

mod bag_models;
mod checkpoint;
mod diagnosis;
mod kernels;
mod lessons;
mod loss_shares;
mod loss_terms;
mod official_checkpoint;
mod pytorch_files;
mod reference_values;
mod run;
mod run_oracle;
mod threads;
mod views;

#!/bin/sh
# Everybody's lists as an array of Slurm jobs: sbatch docs/scale/slurm.sh RUN LOG LISTS.csv
# A part that is there is not done again, so that a failed array is simply submitted anew.
#SBATCH --job-name=lists
#SBATCH --array=1-64
#SBATCH --cpus-per-task=4
#SBATCH --requeue
exec contrastvae recommend --run "$1" --data "$2" --everyone --threads "$SLURM_CPUS_PER_TASK" \
    --part "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --out "$3"

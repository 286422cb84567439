"""Everybody's lists with Apache Spark: a log out of raw events by SQL, training in one place, scoring in parts on the workers.

    python docs/scale/spark.py --program contrastvae --events events/ --work /shared/work --parts 64

--work is a folder that driver and workers share; --program is there on each of them. Further arguments go to `contrastvae train`.
A part that was done is not done again, so a job that broke off goes on when it is started anew.
"""

import argparse
import pathlib
import shutil
import subprocess

from pyspark.sql import SparkSession


def prepare(spark, events, log):
    """Raw events to the parts of a log: purchases with user and time, each once however often it was delivered."""
    spark.read.json(str(events)).createOrReplaceTempView("events")
    spark.sql(
        """
        SELECT DISTINCT user, item, unix_timestamp(to_timestamp(at)) AS time
        FROM events
        WHERE kind = 'purchase' AND user IS NOT NULL AND item IS NOT NULL
        """
    ).createOrReplaceTempView("purchases")
    # One order, so that the same events make the same log, and with it the same model.
    spark.sql("SELECT * FROM purchases ORDER BY user, time, item").write.mode("overwrite").parquet(str(log))


def score(spark, program, run, log, lists, parts):
    """Everybody's lists, a part a task. Each task is one process with the folder of the run and the log."""
    lists.mkdir(parents=True, exist_ok=True)

    def part_of(part):
        command = [program, "recommend", "--run", str(run), "--data", str(log), "--everyone", "-k", "10"]
        command += ["--part", f"{part}/{parts}", "--out", str(lists / "lists.parquet"), "--threads", "1", "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    return spark.sparkContext.parallelize(range(1, parts + 1), parts).map(part_of).collect()


def partition(spark, lists, parts, out):
    """Lists as one table, partitioned by what whoever serves them looks up: the bucket of a user."""
    table = spark.read.option("pathGlobFilter", f"lists-*-of-{parts}.parquet").parquet(str(lists))
    table.selectExpr("*", "pmod(hash(user), 16) AS bucket").write.mode("overwrite").partitionBy("bucket").parquet(str(out))
    return table.count()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="contrastvae")
    parser.add_argument("--events", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--parts", type=int, default=64)
    arguments, training = parser.parse_known_args()
    work = arguments.work.absolute()
    log, run, lists = work / "log", work / "run", work / "lists"
    program = shutil.which(arguments.program) or arguments.program

    spark = SparkSession.builder.appName("contrastvae").getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    prepare(spark, arguments.events, log)
    subprocess.run([program, "train", "--resume", "--data", str(log), "--out", str(run), *training], check=True)
    told = score(spark, program, run, log, lists, arguments.parts)
    rows = partition(spark, lists, arguments.parts, work / "by-bucket")
    print(f"{len(told)} parts, {rows} rows in {work / 'by-bucket'}")
    spark.stop()


if __name__ == "__main__":
    main()

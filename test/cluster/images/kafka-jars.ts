/** Prints the files of Kafka's jars, a line each; fetches them where they are missing. */
import { kafkaJars } from '../../../local/kafka-jars.ts'

for (const jar of await kafkaJars(process.env, (line) => console.error(line))) console.log(jar)

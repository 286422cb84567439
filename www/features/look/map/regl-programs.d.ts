// One function for each program, under the digest that regl looks it up by.
declare const programs: Record<string, (...linked: unknown[]) => unknown>
export default programs

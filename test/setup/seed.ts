/** Of the random inputs of tests whose failure would not name it: it stands in their titles, and can be given again. */
export const seed = Number(process.env.LABNET_TEST_SEED ?? Date.now() % 2 ** 31);

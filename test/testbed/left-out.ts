const { CARDINAL_TEST_WITHOUT: missing = '' } = process.env

/**
 * The reason to leave tests out where one of these Debian packages or add-ons is not there and the test run was told so
 * (CARDINAL_TEST_WITHOUT); false where they are to run. A machine that merely lacks one fails them.
 */
export function leftOutWithout(...packages: readonly string[]): string | false {
  const [name] = packages.filter(each => missing.split(',').includes(each))
  return name === undefined ? false : `${name} is not on this machine`
}

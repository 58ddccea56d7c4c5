// A feature outside of the bundle, for PagesTest.
export default { name: "sample" };

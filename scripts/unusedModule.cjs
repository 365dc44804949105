/** Stands in a bundle for a package whose code is never called. */
module.exports = {};

/** npm hands `node-options` of .npmrc down as NODE_OPTIONS; processes that tests start elsewhere must not inherit it. */
delete process.env.NODE_OPTIONS

create schema sync;

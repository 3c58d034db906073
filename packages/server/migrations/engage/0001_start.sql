create schema engage;

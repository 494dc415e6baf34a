"""The engine without any model: it understands the ordinary questions and answers from tools."""

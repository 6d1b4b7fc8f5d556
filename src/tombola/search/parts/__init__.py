"""What several methods are made of: budgets, the common flow of a family, schedules, draws."""
